/** Errors of Kafka that decide over a membership (https://kafka.apache.org/protocol#protocol_error_codes). */
export const NONE = 0
export const UNKNOWN_TOPIC = 3
export const ILLEGAL_GENERATION = 22
export const UNKNOWN_MEMBER = 25
export const REBALANCE_IN_PROGRESS = 27
export const MEMBER_ID_REQUIRED = 79
export const FENCED_INSTANCE = 82

/** The way to the coordinator, or the coordinator itself, is not ready: the same request is made again. */
const PASSING: ReadonlySet<number> = new Set([7, 14, 15, 16])

export function isPassing(error: number): boolean {
  return PASSING.has(error)
}
