/** The same value with the properties of every plain object in the order of their names: equal objects give equal bytes. */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const ordered: Record<string, unknown> = {}
  for (const name of Object.keys(value).toSorted()) ordered[name] = canonical((value as Record<string, unknown>)[name])
  return ordered
}
