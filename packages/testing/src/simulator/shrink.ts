/** Most runs that are spent on making a list of faults shorter. */
const TRIES = 200

/**
 * Leaves out what a failure does not need: halves first, then smaller parts, then single ones. `fails` runs a part of
 * the list. The answer still fails, and leaving out any one of it does not, unless tries have run out.
 */
export async function shrink<T>(
  items: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let left = items
  let tries = 0
  for (let size = Math.ceil(left.length / 2); size >= 1 && left.length > 0;) {
    let removed = false
    for (let start = 0; start < left.length && tries < TRIES;) {
      const part = [...left.slice(0, start), ...left.slice(start + size)]
      tries++
      if (await fails(part)) {
        left = part
        removed = true
      } else start += size
    }
    if (tries >= TRIES) break
    // Single ones are gone through until none can be spared.
    if (size === 1 && !removed) break
    size = Math.max(1, Math.ceil(size / 2))
  }
  return left
}
