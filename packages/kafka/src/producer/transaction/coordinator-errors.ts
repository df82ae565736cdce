import { KAFKA } from '../../requests/error-codes.ts'

/** A newer producer has the id, or the coordinator has ended a transaction that took too long, or it has forgotten the id. */
const FENCED: ReadonlySet<number> = new Set([
  KAFKA.INVALID_PRODUCER_EPOCH,
  KAFKA.INVALID_PRODUCER_ID_MAPPING,
  KAFKA.PRODUCER_FENCED,
])

export function isFenced(code: number): boolean {
  return FENCED.has(code)
}

/** Who sends offsets is not, or not in this generation, the member: to be sent again as who it is now, or the transaction aborted. */
const MEMBERSHIP: ReadonlySet<number> = new Set([
  KAFKA.ILLEGAL_GENERATION,
  KAFKA.UNKNOWN_MEMBER_ID,
  KAFKA.REBALANCE_IN_PROGRESS,
  KAFKA.FENCED_INSTANCE_ID,
])

export function isMembership(code: number): boolean {
  return MEMBERSHIP.has(code)
}

/** Those that have to be repeated. */
const PASSING: ReadonlySet<number> = new Set([
  KAFKA.COORDINATOR_LOAD_IN_PROGRESS,
  KAFKA.COORDINATOR_NOT_AVAILABLE,
  KAFKA.NOT_COORDINATOR,
  KAFKA.CONCURRENT_TRANSACTIONS,
])

/** What an answer with an error for each partition means as a whole: an error that has to be repeated, or 0. */
export function passingError(partitions: readonly { readonly error: number }[]): number {
  return partitions.find(({ error }) => PASSING.has(error))?.error ?? 0
}
