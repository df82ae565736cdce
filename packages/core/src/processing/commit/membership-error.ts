import { isFaustError } from '../../service/errors.ts'

/** Whether the group refused something because this worker is no member of it, or of an older generation. */
export function isMembershipError(error: unknown): boolean {
  return (
    isFaustError(error, 'FAUST_MEMBER_UNKNOWN') ||
    isFaustError(error, 'FAUST_GENERATION_STALE') ||
    isFaustError(error, 'FAUST_REBALANCE_IN_PROGRESS')
  )
}
