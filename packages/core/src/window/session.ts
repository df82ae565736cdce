import type { Window } from './window.ts'

/** Which of a key's sessions a value belongs to. */
export interface Joined {
  /** The session as it is with the value. */
  readonly window: Window
  /** Where the sessions that it joins lie in the list: from `from` up to and without `to`. */
  readonly from: number
  readonly to: number
}

/**
 * Puts a value into a key's sessions, which are in order and do not meet. Each value keeps its session open for `gap` ms;
 * values with less than that between them are of one session, so a value may join several that were apart.
 */
export function join(sessions: readonly Window[], time: number, gap: number): Joined {
  let from = 0
  while (from < sessions.length && sessions[from]!.end <= time) from++
  let to = from
  let { start, end } = { start: time, end: time + gap }
  for (; to < sessions.length && sessions[to]!.start < end; to++) {
    start = Math.min(start, sessions[to]!.start)
    end = Math.max(end, sessions[to]!.end)
  }
  return { window: { start, end }, from, to }
}
