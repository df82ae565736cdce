/** Node's timers fire at once beyond this. */
const LONGEST = 2 ** 31 - 1

/** A bound that a timer can keep. */
export function boundOf(ms: number): number {
  return Math.min(Math.max(ms, 1), LONGEST)
}

/**
 * Runs `work` and rejects when it has not settled after `ms` of real time: a case must end by itself, with a message,
 * whatever the runner's own time-out is and whatever clock the adapter was given.
 */
export async function bounded<T>(work: () => PromiseLike<T> | T, ms: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${ms} ms. Every call of an adapter is bounded`)), ms)
  })
  try {
    return await Promise.race([Promise.resolve().then(work), late])
  } finally {
    clearTimeout(timer)
  }
}
