import type { Clock } from '@faust/core'
import { deferred } from '../connection/wait.ts'

/** Resolves when `work` has settled, whichever way, or after `ms`. */
export async function within(clock: Clock, work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = deferred()
  const timer = clock.setTimeout(resolve, ms)
  await Promise.race([work.catch(() => {}), promise])
  timer.cancel()
}
