import { KAFKA } from '../requests/error-codes.ts'

/** Metadata was wrong: another broker leads, the topic is not known here (yet), or an epoch does not fit. */
const OF_LEADERS: ReadonlySet<number> = new Set([
  KAFKA.UNKNOWN_TOPIC_OR_PARTITION,
  KAFKA.LEADER_NOT_AVAILABLE,
  KAFKA.NOT_LEADER_OR_FOLLOWER,
  KAFKA.BROKER_NOT_AVAILABLE,
  KAFKA.REPLICA_NOT_AVAILABLE,
  KAFKA.NETWORK_EXCEPTION,
  KAFKA.KAFKA_STORAGE_ERROR,
  KAFKA.LISTENER_NOT_FOUND,
  KAFKA.FENCED_LEADER_EPOCH,
  KAFKA.UNKNOWN_LEADER_EPOCH,
  KAFKA.UNKNOWN_TOPIC_ID,
])
/** The broker does not coordinate this any more, or does not know who does. */
const OF_COORDINATORS: ReadonlySet<number> = new Set([KAFKA.COORDINATOR_NOT_AVAILABLE, KAFKA.NOT_COORDINATOR])
/** It is the right broker, but it can't yet: a time-out inside, a coordinator that loads, no high watermark yet, a quota. */
const FOR_NOW: ReadonlySet<number> = new Set([
  KAFKA.REQUEST_TIMED_OUT,
  KAFKA.COORDINATOR_LOAD_IN_PROGRESS,
  KAFKA.OFFSET_NOT_AVAILABLE,
  KAFKA.THROTTLING_QUOTA_EXCEEDED,
])

/** Why an error passes. */
export type Passing = 'leader' | 'coordinator' | 'controller' | 'now' | 'quick'

/** `undefined` for one that does not pass by itself. */
export function passingOf(error: number, quick: readonly number[] = []): Passing | undefined {
  if (quick.includes(error)) return 'quick'
  if (OF_LEADERS.has(error)) return 'leader'
  if (OF_COORDINATORS.has(error)) return 'coordinator'
  if (error === KAFKA.NOT_CONTROLLER) return 'controller'
  return FOR_NOW.has(error) ? 'now' : undefined
}
