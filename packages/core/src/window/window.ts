/** A stretch of time, in epoch ms: from `start` up to and without `end`. */
export interface Window {
  readonly start: number
  readonly end: number
}

/** A window with what was made of its values. */
export interface Windowed<V> {
  readonly window: Window
  readonly value: V
}

/** A window that waits longer for late values than its end says, in ms. */
export interface Grace {
  readonly grace: number
}

export function contains({ start, end }: Window, time: number): boolean {
  return start <= time && time < end
}

/** The stream time at which a window takes nothing more. */
export function closingTime({ end }: Window, { grace }: Grace): number {
  return end + grace
}

/** Whether a window takes nothing more at this stream time. */
export function isClosed(window: Window, grace: Grace, streamTime: number): boolean {
  return closingTime(window, grace) <= streamTime
}
