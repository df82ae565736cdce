/**
 * Finds what the running code belongs to, through every `await`: the part of `AsyncLocalStorage` that is used. Node's
 * own type would reach the declarations that users compile with, and ask them for `@types/node`.
 */
export interface Current<T> {
  /** Runs `body` and all that it starts as part of `value`. */
  run<R>(value: T, body: () => R): R
  getStore(): T | undefined
}
