const KEYS: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'bigint'])

/** Where a value has something that YAML would drop or change on the quiet; throws naming it. */
export function checkWritable(value: unknown, path = '', above: readonly object[] = []): void {
  const problem = problemOf(value, above)
  if (problem !== undefined) throw new TypeError(`${path === '' ? 'It is' : `It has at ${path}`} ${problem}`)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Date) return
  const parents = [...above, value]
  if (hasToJson(value)) {
    checkWritable(value.toJSON(), path, parents)
  } else if (value instanceof Map) {
    for (const [key, item] of value) checkWritable(item, join(path, String(key)), parents)
  } else {
    for (const [name, item] of Object.entries(value)) {
      // A property that is undefined is left out, as in JSON.
      if (item !== undefined || Array.isArray(value)) checkWritable(item, join(path, name), parents)
    }
  }
}

function problemOf(value: unknown, above: readonly object[]): string | undefined {
  switch (typeof value) {
    case 'undefined':
    case 'function':
    case 'symbol':
      return `${typeof value}, which YAML has no form for: send null, or leave it out`
    case 'bigint':
      return Number.isSafeInteger(Number(value))
        ? undefined
        : 'a bigint that would be read back rounded: send it as text'
    case 'object':
      return value === null ? undefined : objectProblem(value, above)
    default:
      return undefined
  }
}

function objectProblem(value: object, above: readonly object[]): string | undefined {
  if (above.includes(value)) return 'itself, and has no end: send a tree'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : undefined
  if (value instanceof Map && ![...value.keys()].every((key) => KEYS.has(typeof key)))
    return 'a Map with a key that is no text or number, and would come back as another one'
  if (Array.isArray(value) || value instanceof Uint8Array || value instanceof Map) return undefined
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null || hasToJson(value)) return undefined
  return `a ${value.constructor.name}, which would come back as something else: send a plain object`
}

/** As the library asks for it: whoever has it decides how to be written. */
function hasToJson(value: object): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
