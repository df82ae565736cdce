import type { Clock } from '@faust/core'

/** A clock that can be stopped: the way to a member that sends no heartbeats, with nothing but the contract. */
export interface FreezableClock extends Clock {
  /** From now on nothing of this clock fires, and its time stands still. */
  freeze(): void
  /** The time is as everywhere again; what was due meanwhile fires. */
  thaw(): void
}

/** Another view of `clock`. */
export function freezableClock(clock: Clock): FreezableClock {
  let frozen: { readonly now: number; readonly monotonic: number } | undefined
  let held: (() => void)[] = []
  const guard =
    (callback: () => void): (() => void) =>
    () => {
      if (frozen === undefined) callback()
      else held.push(callback)
    }
  return {
    now: () => frozen?.now ?? clock.now(),
    monotonic: () => frozen?.monotonic ?? clock.monotonic(),
    setTimeout(callback, delay) {
      let cancelled = false
      const run = guard(() => {
        if (!cancelled) callback()
      })
      const timer = clock.setTimeout(run, delay)
      return {
        cancel() {
          cancelled = true
          timer.cancel()
        },
      }
    },
    setImmediate: (callback) => clock.setImmediate(guard(callback)),
    random: () => clock.random(),
    uuid: () => clock.uuid(),
    freeze() {
      frozen ??= { now: clock.now(), monotonic: clock.monotonic() }
    },
    thaw() {
      frozen = undefined
      const due = held
      held = []
      for (const callback of due) clock.setImmediate(callback)
    },
  }
}
