/** What one run of a workload took. */
export interface Measured {
  /** Records a second. */
  readonly rate: number
  /** Microseconds of CPU, of all threads, a record. */
  readonly cpu: number
  /** Largest heap seen beyond the one before the run, in MiB. */
  readonly heap: number
}

/** Ms between two looks at the heap. */
const HEAP_INTERVAL = 50

/** Times `work` over `count` records. */
export async function measure(count: number, work: () => Promise<void>): Promise<Measured> {
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().heapUsed)
  }, HEAP_INTERVAL)
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await work()
  const wall = performance.now() - begun
  const { user, system } = process.cpuUsage(cpu)
  clearInterval(watch)
  peak = Math.max(peak, process.memoryUsage().heapUsed)
  return { rate: (count / wall) * 1000, cpu: (user + system) / count, heap: (peak - before) / 2 ** 20 }
}

/** The middle one of several runs by rate. */
export function median(runs: readonly Measured[]): Measured {
  return runs.toSorted((a, b) => a.rate - b.rate)[runs.length >> 1]!
}
