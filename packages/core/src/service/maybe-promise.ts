/** A value that may be there at once. Core takes the synchronous path whenever the answer is no promise. */
export type MaybePromise<T> = T | PromiseLike<T>

/** True when `value` has to be awaited. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
