import type { Clock } from '@faust/core'

/** Resolves after `ms` of the clock's time. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimeout(resolve, ms)
  })
}

/**
 * Waits until `condition` gives something other than `false`, `null` or `undefined` and answers that. It asks again
 * and again through the clock, and fails with `what` when `bound` ms of that clock have passed.
 */
export async function until<T>(
  clock: Clock,
  condition: () => T | PromiseLike<T>,
  what: string | (() => string),
  bound: number,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = clock.monotonic() + bound
  for (let wait = 1; ; wait = Math.min(wait * 2, 20)) {
    const value = await condition()
    if (value !== false && value !== null && value !== undefined) return value as NonNullable<Exclude<T, false>>
    if (clock.monotonic() >= end) {
      throw new Error(`Waited ${bound} ms in vain: ${typeof what === 'string' ? what : what()}`)
    }
    await pause(clock, wait)
  }
}
