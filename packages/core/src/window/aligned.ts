import type { Grace, Window } from './window.ts'

/**
 * Windows that lie fast on the time line: one of `size` ms begins at every multiple of `step` from 0 on. Tumbling windows
 * are those whose step is their size. A step is never larger than the size, so no time is without a window.
 */
export interface Aligned {
  readonly size: number
  readonly step: number
}

export function windowAt({ size }: Aligned, start: number): Window {
  return { start, end: start + size }
}

/** The start of the last window that contains `time`. */
export function latestStart({ step }: Aligned, time: number): number {
  return time - (time % step)
}

/** The start of the first window that contains `time`. */
export function earliestStart({ size, step }: Aligned, time: number): number {
  const after = time - size
  return after < 0 ? 0 : after - (after % step) + step
}

/** The starts of all windows that contain `time`, ascending. */
export function startsAt(aligned: Aligned, time: number): number[] {
  const starts: number[] = []
  const last = latestStart(aligned, time)
  for (let start = earliestStart(aligned, time); start <= last; start += aligned.step) starts.push(start)
  return starts
}

/** The largest start of a window that is closed at this stream time; -1 for none. */
export function lastClosedStart({ size, step }: Aligned, { grace }: Grace, streamTime: number): number {
  const latest = streamTime - grace - size
  return latest < 0 ? -1 : latest - (latest % step)
}
