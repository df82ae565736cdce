import type { Clock, Timer } from '../../../../src/service/clock.ts'

interface Planned {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Lets `ms` pass, timer by timer, each followed by everything it led to. */
  advance(ms: number): Promise<void>
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>
  /** Lets time pass until `promise` settles, at most `ms`. */
  until<T>(promise: Promise<T>, ms?: number): Promise<T>
  /** Timers that are still to fire. */
  readonly pending: number
}

/** Turns of the event loop that let chains of promises come to their end. */
const TURNS = 3

export function manualClock(start = 1_700_000_000_000): ManualClock {
  let now = 0
  let order = 0
  let seed = 1
  const planned = new Set<Planned>()
  const plan = (run: () => void, delay: number): Timer => {
    const entry = { at: now + Math.max(0, delay), order: order++, run }
    planned.add(entry)
    return { cancel: () => void planned.delete(entry) }
  }
  const settle = async () => {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  const next = () => [...planned].sort((a, b) => a.at - b.at || a.order - b.order)[0]
  const step = async (limit: number) => {
    const first = next()
    if (first === undefined || first.at > limit) return false
    planned.delete(first)
    now = Math.max(now, first.at)
    first.run()
    await settle()
    return true
  }
  const clock: ManualClock = {
    now: () => start + Math.floor(now),
    monotonic: () => now,
    setTimeout: plan,
    setImmediate: (run) => void plan(run, 0),
    // A small generator of its own, so that every run is the same.
    random: () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647,
    uuid: () => `00000000-0000-4000-8000-${String(order++).padStart(12, '0')}`,
    settle,
    advance: async (ms) => {
      const limit = now + ms
      await settle()
      while (await step(limit));
      now = limit
      await settle()
    },
    until: async (promise, ms = 120_000) => {
      const limit = now + ms
      let settled = false
      const note = () => void (settled = true)
      promise.then(note, note)
      await settle()
      while (!settled && (await step(limit)));
      if (!settled) throw new Error(`did not settle within ${ms} ms`)
      return promise
    },
    get pending() {
      return planned.size
    },
  }
  return clock
}
