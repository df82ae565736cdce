/** Metadata was wrong: another broker leads, the topic is not known here (yet), or an epoch does not fit. */
const OF_LEADERS: ReadonlySet<number> = new Set([3, 5, 6, 8, 9, 13, 56, 72, 74, 75, 100])
/** The broker does not coordinate this any more, or does not know who does. */
const OF_COORDINATORS: ReadonlySet<number> = new Set([15, 16])
/** It is not the controller any more. */
const OF_CONTROLLER = 41
/** It is the right broker, but it can't yet: time-out inside (7), coordinator loading (14), high watermark unknown (78), quota (89). */
const FOR_NOW: ReadonlySet<number> = new Set([7, 14, 78, 89])

/** Why an error passes. */
export type Passing = 'leader' | 'coordinator' | 'controller' | 'now' | 'quick'

/** `undefined` for one that does not pass by itself. */
export function passingOf(error: number, quick: readonly number[] = []): Passing | undefined {
  if (quick.includes(error)) return 'quick'
  if (OF_LEADERS.has(error)) return 'leader'
  if (OF_COORDINATORS.has(error)) return 'coordinator'
  if (error === OF_CONTROLLER) return 'controller'
  return FOR_NOW.has(error) ? 'now' : undefined
}
