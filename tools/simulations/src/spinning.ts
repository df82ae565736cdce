import { Worker } from 'node:worker_threads'

/** Places in the memory that both threads have. */
export const SEED = 0
export const BEAT = 1
/** Ms without a turn of the event loop: a run takes many turns a second, however slow the machine. */
export const SPIN = 30_000

/**
 * A loop of promises that are always ready lets neither a timer nor a signal through, so a program that is in one can't
 * say so: a thread of its own does, and ends the process. Call what is given with each seed that begins.
 */
export function tellSpinning(): (seed: number) => void {
  const shared = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  new Worker(new URL('spin-watch.js', import.meta.url), { workerData: shared }).unref()
  setInterval(() => shared[BEAT]!++, 500).unref()
  return (seed) => void (shared[SEED] = seed)
}
