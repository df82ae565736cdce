const INT_MIN = -(2n ** 63n)
const UINT_MAX = 2n ** 64n - 1n

/** Throws where a value has something that MessagePack can't hold, or that could not be read again; names it and its path. */
export function checkWritable(value: unknown): void {
  try {
    if (isPlain(value)) return
  } catch {
    // A cycle overflows the stack of the quick look; the other one finds it.
  }
  look(value, '', [])
}

/** True when all of it can be written; a false means that `look` has to look closer. Costs about a seventh of writing. */
function isPlain(value: unknown): boolean {
  switch (typeof value) {
    case 'bigint':
      return value >= INT_MIN && value <= UINT_MAX
    case 'object':
      return value === null || isPlainObject(value)
    case 'function':
    case 'symbol':
      return false
    default:
      return true
  }
}

function isPlainObject(value: object): boolean {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (!isPlain(value[i])) return false
    return true
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype) {
    if (prototype === Date.prototype) return !Number.isNaN((value as Date).getTime())
    if (prototype !== null) return ArrayBuffer.isView(value)
  }
  for (const name in value) if (!isPlain((value as Record<string, unknown>)[name])) return false
  return true
}

function look(value: unknown, path: string, above: readonly object[]): void {
  const problem = problemOf(value, above)
  if (problem !== undefined) throw new TypeError(`${path === '' ? 'It is' : `It has at ${path}`} ${problem}`)
  if (typeof value !== 'object' || value === null || isLeaf(value)) return
  const parents = [...above, value]
  if (hasToJson(value)) look(value.toJSON(), path, parents)
  else for (const [name, item] of partsOf(value)) look(item, path === '' ? name : `${path}.${name}`, parents)
}

function problemOf(value: unknown, above: readonly object[]): string | undefined {
  switch (typeof value) {
    case 'function':
    case 'symbol':
      return `a ${typeof value}, which MessagePack can't hold: send null, or leave it out`
    case 'bigint':
      return isPlain(value) ? undefined : 'a bigint of more than 64 bits: send it as text'
    case 'object':
      return value === null ? undefined : objectProblem(value, above)
    default:
      return undefined
  }
}

function objectProblem(value: object, above: readonly object[]): string | undefined {
  if (above.includes(value)) return 'itself, and has no end: send a tree'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : undefined
  if (isLeaf(value) || Array.isArray(value) || value instanceof Set || hasToJson(value)) return undefined
  if (value.constructor === Map) {
    const readable = [...(value as Map<unknown, unknown>).keys()].every((key) => Object(key) !== key && isPlain(key))
    return readable ? undefined : 'a Map with a key that is no text or number, and could not be read again'
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null || Object.keys(value).length > 0) return undefined
  return `an instance of ${value.constructor.name}, of which nothing would come back: send a plain object`
}

function isLeaf(value: object): boolean {
  return value instanceof Date || value instanceof ArrayBuffer || ArrayBuffer.isView(value)
}

/** As msgpackr asks for it: not in plain objects, arrays and maps. */
function hasToJson(value: object): value is { toJSON(): unknown } {
  const { constructor } = value
  if (constructor === Object || constructor === Array || constructor === Map) return false
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

function partsOf(value: object): readonly (readonly [name: string, item: unknown])[] {
  if (value instanceof Map) return [...value].map(([key, item]) => [String(key), item])
  return Object.entries(value instanceof Set ? [...value] : value)
}
