const BUCKETS = 20

/** Counts things over a sliding window, in constant memory. Times are monotonic, in ms. */
export interface Rate {
  add(count: number, now: number): void
  /** Things a second, over the window or since `since` where that is shorter. */
  read(now: number, since: number): number
}

/** The window moves in steps of a twentieth. */
export function createRate(window: number): Rate {
  const width = window / BUCKETS
  const counts = new Float64Array(BUCKETS)
  let current = 0

  const advance = (now: number): void => {
    const bucket = Math.floor(now / width)
    for (let i = Math.max(current + 1, bucket - BUCKETS + 1); i <= bucket; i++) counts[i % BUCKETS] = 0
    current = Math.max(current, bucket)
  }
  return {
    add(count, now) {
      advance(now)
      counts[current % BUCKETS]! += count
    },
    read(now, since) {
      advance(now)
      const covered = Math.min(now - since, (BUCKETS - 1) * width + (now % width))
      if (covered <= 0) return 0
      return (counts.reduce((sum, count) => sum + count, 0) * 1000) / covered
    },
  }
}
