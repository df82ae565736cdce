/** Chance that can be replayed: the same seed gives the same answers in the same order, on every machine. */
export interface SeededRandom {
  /** A number in [0, 1). */
  next(): number
  /** A whole number in [0, below). */
  int(below: number): number
  /** Random bytes. */
  bytes(length: number): Uint8Array
  /** One of the items. */
  pick<T>(items: readonly T[]): T
  /** The items in another order; the given array stays as it is. */
  shuffle<T>(items: readonly T[]): T[]
  /** A version 4 UUID. */
  uuid(): string
}

/** Makes a generator (sfc32) from a number or a text. Not for secrets. */
export function seededRandom(seed: number | string): SeededRandom {
  const uint32 = sfc32(String(seed))
  const next = (): number => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53
  const int = (below: number): number => Math.floor(next() * below)
  const bytes = (length: number): Uint8Array => {
    const result = new Uint8Array(length)
    for (let index = 0; index < length; index++) result[index] = uint32() >>> 24
    return result
  }
  return {
    next,
    int,
    bytes,
    pick(items) {
      if (items.length === 0) throw new RangeError('Nothing to pick from')
      return items[int(items.length)] as (typeof items)[number]
    },
    shuffle(items) {
      const result = [...items]
      for (let index = result.length - 1; index > 0; index--) {
        const other = int(index + 1)
        const kept = result[index] as (typeof result)[number]
        result[index] = result[other] as (typeof result)[number]
        result[other] = kept
      }
      return result
    },
    uuid: () => uuidFrom(bytes(16)),
  }
}

/** Small Fast Counter: 128 bits of state, a period of at least 2^32, good enough for every statistical test. */
function sfc32(seed: string): () => number {
  // The text is mixed in with FNV-1a, so that near seeds start far apart.
  let hash = 0x811c9dc5
  for (let index = 0; index < seed.length; index++) hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193)
  let [a, b, c, counter] = [0x9e3779b9 ^ hash, 0x243f6a88, 0xb7e15162, hash | 0]
  const step = (): number => {
    const result = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + result) | 0
    return result >>> 0
  }
  for (let round = 0; round < 15; round++) step()
  return step
}

function uuidFrom(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return [0, 8, 12, 16, 20].map((from, index, starts) => digits.slice(from, starts[index + 1])).join('-')
}
