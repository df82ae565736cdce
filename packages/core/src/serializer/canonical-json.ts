/**
 * JSON with the keys of every object in order (of UTF-16 code units) and no white space, as RFC 8785 has it, so that
 * equal values give equal bytes however they were put together. For values that JSON has already written once.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '') ?? 'null'
}

function write(given: unknown, key: string): string | undefined {
  let value = given
  const toJson = (value as { toJSON?: unknown } | null | undefined)?.toJSON
  if (typeof toJson === 'function') value = (toJson as (key: string) => unknown).call(value, key)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item, index) => write(item, String(index)) ?? 'null').join(',')}]`

  let members = ''
  for (const name of Object.keys(value).sort()) {
    const member = write((value as Record<string, unknown>)[name], name)
    if (member !== undefined) members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${member}`
  }
  return `{${members}}`
}
