import { setMaxListeners } from 'node:events'
import { FaustError } from '@faust/core'
import type { Clock } from '@faust/core'

/** A promise with its two ends; Node 20 has no `Promise.withResolvers`. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** A new one. A rejection that nobody has looked at yet is no unhandled one: whoever holds it decides. */
export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}

/** The error of a wait that its signal ended. */
export function abortedBy(signal: AbortSignal, what: string): FaustError {
  return new FaustError('FAUST_ABORTED', `${what} was ended by its signal`, { cause: signal.reason })
}

/**
 * Calls `listener` when the signal fires, unless the answered function was called before; at once when it has fired. Many
 * requests may wait for one signal, which Node 20 and 22 take for a leak and say so on stderr.
 */
export function whenAborted(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {}
  if (signal.aborted) {
    listener()
    return () => {}
  }
  setMaxListeners(0, signal)
  signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}

/** Resolves after `ms`; rejects with `FAUST_ABORTED` as soon as the signal fires. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.reject(abortedBy(signal, 'The wait'))
  const { promise, resolve, reject } = deferred()
  const stop = whenAborted(signal, () => {
    timer.cancel()
    reject(abortedBy(signal as AbortSignal, 'The wait'))
  })
  const timer = clock.setTimeout(() => {
    stop()
    resolve()
  }, ms)
  return promise
}

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
