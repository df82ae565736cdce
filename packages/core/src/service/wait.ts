import type { Clock } from './clock.ts'
import { deferred } from './deferred.ts'
import { FaustError } from './errors.ts'

/** The error of a wait that its signal ended. */
export function abortError(signal: AbortSignal, what: string): FaustError {
  return new FaustError('FAUST_ABORTED', `${what} was ended by its signal`, { cause: signal.reason })
}

/** Resolves after `ms`; rejects with `FAUST_ABORTED` as soon as the signal fires. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.reject(abortError(signal, 'The wait'))
  const { promise, resolve, reject } = deferred()
  const onAbort = (): void => {
    timer.cancel()
    reject(abortError(signal!, 'The wait'))
  }
  const timer = clock.setTimeout(() => {
    signal?.removeEventListener('abort', onAbort)
    resolve()
  }, ms)
  signal?.addEventListener('abort', onAbort, { once: true })
  return promise
}

/** What `promise` gives, or `FAUST_ABORTED` as soon as the signal fires; what comes of the promise then is ignored. */
export function abortable<T>(promise: PromiseLike<T>, signal: AbortSignal, what: string): Promise<T> {
  const { promise: first, resolve, reject } = deferred<T>()
  const onAbort = (): void => reject(abortError(signal, what))
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  promise.then(
    (value) => {
      signal.removeEventListener('abort', onAbort)
      resolve(value)
    },
    (error: unknown) => {
      signal.removeEventListener('abort', onAbort)
      reject(error)
    },
  )
  return first
}

/** Lets I/O and timers have their turn. */
export function nextTurn(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.setImmediate(resolve))
}

/**
 * True when `promise` settled within `ms`, false when the time was up first. A rejection is passed on; one that comes
 * after the time was up is swallowed, as nobody waits for it any more.
 */
export async function settledWithin(clock: Clock, promise: PromiseLike<unknown>, ms: number): Promise<boolean> {
  const up = deferred<boolean>()
  const timer = clock.setTimeout(() => up.resolve(false), ms)
  const done = Promise.resolve(promise).then(() => true)
  done.catch(() => {})
  try {
    return await Promise.race([done, up.promise])
  } finally {
    timer.cancel()
  }
}
