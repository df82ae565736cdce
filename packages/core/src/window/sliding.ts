import { contains, type Window } from './window.ts'

/** A window that has to be made for a value. */
export interface Made {
  readonly window: Window
  /** The place of an existing window that holds the same values, without the new one; -1 when there are none. */
  readonly like: number
}

/**
 * Which windows of a key have to be made when a value comes. Sliding windows are all stretches of `size` ms that differ in
 * the values they hold: one ends with each value, and one begins just after each value, if there is another in it.
 * So any two values with less than `size` between them meet in some window.
 *
 * `times` are those of the key's values so far, ascending, each once; `windows` the windows they have made, in order.
 */
export function windowsToMake(
  times: readonly number[],
  windows: readonly Window[],
  time: number,
  size: number,
): readonly Made[] {
  const made: Made[] = []
  const need = (start: number): void => {
    if (start < 0) start = 0
    const window = { start, end: start + size }
    if (windows.some((other) => other.start === start) || made.some(({ window: { start: own } }) => own === start))
      return
    made.push({ window, like: likeOf(times, windows, window) })
  }
  need(time - size + 1)
  const before = times.findLast((other) => other < time)
  if (before !== undefined && before + size >= time) need(before + 1)
  if (times.some((other) => contains({ start: time + 1, end: time + 1 + size }, other))) need(time + 1)
  return made
}

/** The first existing window with exactly the values that `window` will hold; there is one whenever it holds any. */
function likeOf(times: readonly number[], windows: readonly Window[], window: Window): number {
  const first = times.find((time) => time >= window.start)
  if (first === undefined || first >= window.end) return -1
  const last = times.findLast((time) => time < window.end)!
  const before = times.findLast((time) => time < first) ?? -Infinity
  const after = times.find((time) => time > last) ?? Infinity
  return windows.findIndex(({ start, end }) => before < start && start <= first && last < end && end <= after)
}
