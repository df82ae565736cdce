import { ABSENT } from '../../processing/shard/entry-cache.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import { join } from '../../window/session.ts'
import { windowsToMake } from '../../window/sliding.ts'
import { contains, type Window, type Windowed } from '../../window/window.ts'
import type { KeyWindows } from './key-windows.ts'

/** A key's windows after a value, and those that it has changed. */
export interface Added {
  readonly list: KeyWindows
  readonly changed: readonly Windowed<unknown>[]
}

/** What a value does to the windows of its key, where they are made by values. */
export interface ListShape {
  /** How long a closed window stays because others may be made from it, in ms. */
  readonly keep: number
  /** `undefined` when no window takes it. `change` gets and gives a decoded value, or `ABSENT`. */
  add(
    list: KeyWindows,
    time: number,
    open: (window: Window) => boolean,
    change: (value: unknown) => MaybePromise<unknown>,
  ): MaybePromise<Added | undefined>
}

/** Sessions: a value joins those that are open and near enough, and so makes one of several. */
export function sessions(gap: number, merge: (one: never, other: never) => unknown): ListShape {
  return {
    keep: 0,
    add(list, time, open, change) {
      if (!open({ start: time, end: time + gap })) return undefined
      const still = list.windows.filter(({ window }) => open(window))
      const { from, to, window } = join(
        still.map((one) => one.window),
        time,
        gap,
      )
      const joined = still.slice(from, to)
      const before = joined
        .map(({ value }) => value)
        .reduce((one, other) => (one === ABSENT ? other : merge(one as never, other as never)), ABSENT)
      const put = (value: unknown): Added => {
        const others = list.windows.filter((one) => !joined.includes(one))
        const changed = [{ window, value }]
        return { list: { ...list, windows: ordered([...others, ...changed]) }, changed }
      }
      const value = change(before)
      return isPromise(value) ? value.then(put) : put(value)
    },
  }
}

/** Sliding windows of `size` ms: see `windowsToMake`. */
export function sliding(size: number): ListShape {
  return {
    keep: size,
    add(list, time, open, change) {
      const made = windowsToMake(
        list.times,
        list.windows.map(({ window }) => window),
        time,
        size,
      )
        .filter(({ window }) => open(window))
        .map(({ like, window }) => ({ window, value: like < 0 ? ABSENT : list.windows[like]!.value }))
      const all = [...list.windows, ...made]
      const taking = all.filter(({ window }) => contains(window, time) && open(window))
      if (taking.length === 0) return undefined
      const put = (values: readonly unknown[]): Added => {
        const changed = taking.map(({ window }, index) => ({ window, value: values[index] }))
        const others = all.filter((one) => !taking.includes(one))
        const times = list.times.includes(time) ? list.times : [...list.times, time].toSorted((a, b) => a - b)
        return { list: { ...list, times, windows: ordered([...others, ...changed]) }, changed: ordered(changed, true) }
      }
      const values = taking.map(({ value }) => change(value))
      return values.some(isPromise) ? Promise.all(values).then(put) : put(values)
    },
  }
}

/** In the order of their starts; emptied ones are left out unless `all` says so. */
function ordered(windows: readonly Windowed<unknown>[], all = false): Windowed<unknown>[] {
  return windows
    .filter(({ value }) => all || value !== ABSENT)
    .toSorted((one, other) => one.window.start - other.window.start)
}
