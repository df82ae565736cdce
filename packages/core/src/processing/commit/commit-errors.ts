import { isFaustError } from '../../service/errors.ts'

/** Whether the group refused something because this worker is no member of it, or of an older generation. */
export function isMembershipError(error: unknown): boolean {
  return (
    isFaustError(error, 'FAUST_MEMBER_UNKNOWN') ||
    isFaustError(error, 'FAUST_GENERATION_STALE') ||
    isFaustError(error, 'FAUST_REBALANCE_IN_PROGRESS')
  )
}

/** Whether the same can succeed when it is tried again: once the log is in reach, or the group has been joined anew. */
export function isPassing(error: unknown): boolean {
  return isMembershipError(error) || (isFaustError(error) && error.retriable)
}

const MENDED_BY_PRODUCER: readonly string[] = [
  'FAUST_PRODUCER_FENCED',
  'FAUST_DELIVERY_UNKNOWN',
  'FAUST_TRANSACTION_ABORTABLE',
  'FAUST_SEQUENCE',
]

/** Whether another try can succeed with a new producer. */
export function canBeMended(error: unknown): boolean {
  return isPassing(error) || (isFaustError(error) && MENDED_BY_PRODUCER.includes(error.code))
}
