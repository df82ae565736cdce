/** Compares keys as stores order them: unsigned bytes, the shorter first where one begins the other. */
export function compareKeys(one: Uint8Array, other: Uint8Array): number {
  const length = Math.min(one.length, other.length)
  for (let index = 0; index < length; index++) {
    const difference = one[index]! - other[index]!
    if (difference !== 0) return difference
  }
  return one.length - other.length
}

/** The bounds of all keys that begin with `prefix`. */
export function prefixBounds(prefix: Uint8Array): { readonly gte: Uint8Array; readonly lt: Uint8Array | undefined } {
  let end = prefix.length
  while (end > 0 && prefix[end - 1] === 255) end--
  if (end === 0) return { gte: prefix, lt: undefined }
  const lt = prefix.slice(0, end)
  lt[end - 1]!++
  return { gte: prefix, lt }
}
