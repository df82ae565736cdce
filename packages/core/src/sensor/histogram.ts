/** What is told about a series of durations, in ms. */
export interface Latency {
  /** Samples in the window. */
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Every power of two is cut into 2^BITS equal steps, so a value is off by at most 1 / 2^(BITS + 1), that is 1.6 %. */
const BITS = 5
const STEPS = 1 << BITS
/** Microseconds up to 2^42, which is fifty days; longer ones count as that. */
const POWERS = 42
const SLOTS = STEPS * (POWERS - BITS + 1)
const LARGEST = 2 ** POWERS - 1

/** One half of the window. */
interface Half {
  readonly counts: Uint32Array
  samples: number
  sum: number
  max: number
}

/** Durations of the last while, in constant memory (about 10 KB) and without allocating per sample. */
export interface Histogram {
  /** Adds a duration in ms; `now` is the monotonic time in ms. */
  record(duration: number, now: number): void
  /** Over at least the last `window` ms and at most twice that; `null` when there was nothing. */
  read(now: number): Latency | null
}

/**
 * A log-linear histogram (as HdrHistogram's: exponent and the bits after it name the slot) in two halves: when the newer
 * one has gathered for `window` ms it becomes the older one, and what that held is forgotten.
 */
export function createHistogram(window: number): Histogram {
  const half = (): Half => ({ counts: new Uint32Array(SLOTS), samples: 0, sum: 0, max: 0 })
  let newer = half()
  let older = half()
  let since = -Infinity

  const turn = (now: number): void => {
    if (now - since < window) return
    const both = now - since >= 2 * window
    const spare = older
    older = newer
    newer = spare
    clear(newer)
    if (both) clear(older)
    since = now
  }
  return {
    record(duration, now) {
      turn(now)
      // Also NaN, which no clock gives, but a third party's fact may.
      const value = duration > 0 ? duration : 0
      newer.counts[slotOf(value)]!++
      newer.samples++
      newer.sum += value
      if (value > newer.max) newer.max = value
    },
    read(now) {
      turn(now)
      const count = newer.samples + older.samples
      if (count === 0) return null
      const max = Math.max(newer.max, older.max)
      const at = (share: number): number => Math.min(max, valueAt(newer.counts, older.counts, Math.ceil(count * share)))
      return { count, mean: (newer.sum + older.sum) / count, p50: at(0.5), p95: at(0.95), p99: at(0.99), max }
    },
  }
}

function clear(half: Half): void {
  if (half.samples > 0) half.counts.fill(0)
  half.samples = 0
  half.sum = 0
  half.max = 0
}

/** The slot of a duration in ms. Up to 2^BITS microseconds every one has its own. */
function slotOf(duration: number): number {
  const micros = Math.min(LARGEST, Math.round(duration * 1000))
  if (micros < STEPS) return micros
  const power = Math.floor(Math.log2(micros))
  // What log2 rounds up at the end of a power falls into the next power's first slot, which is right as well.
  const step = Math.floor(micros / 2 ** (power - BITS)) - STEPS
  return (power - BITS + 1) * STEPS + Math.max(0, step)
}

/** The middle of a slot, in ms. */
function middleOf(slot: number): number {
  const power = Math.floor(slot / STEPS)
  if (power === 0) return slot / 1000
  const width = 2 ** (power - 1)
  return ((STEPS + (slot % STEPS)) * width + (width - 1) / 2) / 1000
}

/** The value of the sample with a rank, counted from 1 and from the smallest. */
function valueAt(newer: Uint32Array, older: Uint32Array, rank: number): number {
  let passed = 0
  for (let slot = 0; slot < SLOTS; slot++) {
    passed += newer[slot]! + older[slot]!
    if (passed >= rank) return middleOf(slot)
  }
  return middleOf(SLOTS - 1)
}
