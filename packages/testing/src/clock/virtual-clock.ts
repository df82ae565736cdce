import type { Clock } from '@faust/core'
import { seededRandom } from '../random/seeded-random.ts'
import { createTaskQueue } from './task-queue.ts'

/** How a virtual clock begins. */
export interface VirtualClockOptions {
  /** Where its chance comes from: the same seed gives the same numbers and UUIDs. Default 1. */
  readonly seed?: number | string | undefined
  /** Epoch ms that it shows at first, a whole number. Default 1,700,000,000,000. */
  readonly start?: number | undefined
  /**
   * Turns of the real event loop between two steps. One lets every ready promise run to its end, which is enough for
   * code that awaits promises and this clock alone; more are for code that goes through a queue of the platform, such as
   * streams and message channels. Default 3.
   */
  readonly turns?: number | undefined
}

/**
 * A clock that stands still until it is moved. Nothing that was given to it runs by itself: timers fire, one by one and
 * in the order of their moments, only inside `advance`, `runUntilIdle`, `run` and `settle`, one of which may run at a
 * time. Between any two callbacks the promises that are ready, and what follows from them, get their turn, so code
 * that only awaits promises and this clock behaves as on a real clock and does so the same way in every run.
 *
 * Real I/O (files, sockets, child processes) takes real time, of which this clock knows nothing: whoever waits for it
 * under a time-out will see the time-out first.
 */
export interface VirtualClock extends Clock {
  /** Moves the time on by `ms`, and runs all that becomes due on the way at its own moment. */
  advance(ms: number): Promise<void>
  /**
   * Runs and moves on until no timer is left. Rejects when that has not happened after `limit` ms (default one day)
   * of its time: something repeats itself, a heartbeat for example.
   */
  runUntilIdle(limit?: number): Promise<void>
  /**
   * Runs `work` and moves on until it has settled; answers what it answers. While no timer is set it gives real time to
   * whatever goes on, and rejects when two seconds of it have brought nothing. While `outside` says that something goes
   * on in real time it does not move on, unless that takes two seconds.
   */
  run<T>(work: () => PromiseLike<T> | T, outside?: () => boolean): Promise<T>
  /** Runs what is due now and lets promises settle; the time stays as it is. */
  settle(): Promise<void>
  /** Makes the wall clock jump, forwards or back, as a machine's does; timers and `monotonic` do not notice. */
  jump(ms: number): void
  /** How many timers and immediates are waiting. */
  pending(): number
}

/** Default of `turns`. */
const TURNS = 3

/** More callbacks than this at one moment are a loop that no progress of time will end. */
const SPINS = 200_000

const DAY = 86_400_000

/** Makes a clock for tests and simulations. */
export function virtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const random = seededRandom(options.seed ?? 1)
  const start = options.start ?? 1_700_000_000_000
  const between = options.turns ?? TURNS
  const timers = createTaskQueue()
  const immediates: (() => void)[] = []
  let elapsed = 0
  let offset = 0
  let driven = false

  const isIdle = (): boolean => immediates.length === 0 && (timers.nextDue() ?? Infinity) > elapsed

  /** Runs what is due at this moment, and what that makes due, until nothing is left. */
  const settle = async (): Promise<void> => {
    let count = 0
    const step = async (callback: () => void): Promise<void> => {
      if (++count > SPINS)
        throw new Error(`${SPINS} callbacks ran at one moment: something spins and waits for nothing`)
      callback()
      await turns(isIdle() ? between : 1)
    }
    await turns(between)
    while (!isIdle()) {
      // Those that are waiting now and no newer ones, so that neither kind can starve the other.
      for (let left = timers.size; left > 0; left--) {
        const task = timers.take(elapsed)
        if (task === undefined) break
        await step(task.callback)
      }
      for (let left = immediates.length; left > 0; left--) await step(immediates.shift() as () => void)
    }
  }

  const drive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (driven) throw new Error('This clock is already being moved: await the other call first')
    driven = true
    try {
      return await work()
    } finally {
      driven = false
    }
  }

  const advanceTo = async (end: number): Promise<void> => {
    await settle()
    for (let due = timers.nextDue(); due !== undefined && due <= end; due = timers.nextDue()) {
      elapsed = due
      await settle()
    }
    elapsed = end
  }

  return {
    now: () => Math.floor(start + offset + elapsed),
    monotonic: () => elapsed,
    setTimeout(callback, delay) {
      const due = elapsed + Math.max(Number.isNaN(delay) ? 0 : delay, 0)
      return { cancel: timers.add({ due, callback }) }
    },
    setImmediate: (callback) => void immediates.push(callback),
    random: random.next,
    uuid: random.uuid,

    advance: (ms) => drive(() => advanceTo(elapsed + Math.max(ms, 0))),
    runUntilIdle: (limit = DAY) =>
      drive(async () => {
        const end = elapsed + limit
        await settle()
        for (let due = timers.nextDue(); due !== undefined; due = timers.nextDue()) {
          if (due > end)
            throw new Error(`Timers are still set after ${limit} ms (${timers.size}): something repeats itself`)
          await advanceTo(due)
        }
      }),
    run: (work, outside = () => false) =>
      drive(async () => {
        let settled = false
        let patient = true
        const result = Promise.resolve().then(work)
        const note = (): void => {
          settled = true
        }
        result.then(note, note)
        await settle()
        while (!settled) {
          if (patient && outside()) {
            patient = await happens(() => settled || !isIdle() || !outside())
            await settle()
            continue
          }
          const due = timers.nextDue()
          if (due !== undefined) await advanceTo(due)
          else if (!(await happens(() => settled || !isIdle() || timers.size > 0))) {
            throw new Error('The work waits for something that no timer of this clock will bring')
          }
          await settle()
        }
        return result
      }),
    settle: () => drive(settle),
    jump(ms) {
      offset += ms
    },
    pending: () => timers.size + immediates.length,
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise<void>((resolve) => void setImmediate(resolve))
}

/** Real ms to wait for something that goes on outside of the clock, while nothing is left to do inside. */
const OUTSIDE = 2000

/** Lets the real event loop run until `condition` holds; false when it does not in time. */
async function happens(condition: () => boolean): Promise<boolean> {
  for (const end = performance.now() + OUTSIDE; performance.now() < end;) {
    await turns(1)
    if (condition()) return true
  }
  return false
}
