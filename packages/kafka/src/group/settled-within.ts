import type { Clock } from '@faust/core'
import { deferred } from '../connection/wait.ts'

/** True when `promise` settled within `ms`, false when the time was up first. A rejection in time is passed on. */
export async function settledWithin(clock: Clock, promise: Promise<unknown>, ms: number): Promise<boolean> {
  const up = deferred<boolean>()
  const timer = clock.setTimeout(() => up.resolve(false), ms)
  const done = promise.then(() => true)
  done.catch(() => {})
  try {
    return await Promise.race([done, up.promise])
  } finally {
    timer.cancel()
  }
}
