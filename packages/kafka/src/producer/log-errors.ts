/** A newer producer has the id, or the coordinator has ended a transaction that took too long; 49: it has forgotten the id. */
const FENCED: ReadonlySet<number> = new Set([47, 49, 90])

export function isFenced(code: number): boolean {
  return FENCED.has(code)
}

/** Nothing is open at the coordinator that could be ended in this way. */
export const INVALID_TXN_STATE = 48
export const UNKNOWN_TOPIC = 3
/** Another partition of the request was refused. */
export const NOT_ATTEMPTED = 55
/** Who sends offsets is not, or not in this generation, the member: to be sent again as who it is now, or the transaction aborted. */
const MEMBERSHIP: ReadonlySet<number> = new Set([22, 25, 27, 82])

export function isMembership(code: number): boolean {
  return MEMBERSHIP.has(code)
}

/** Those that have to be repeated. */
const PASSING: ReadonlySet<number> = new Set([14, 15, 16, 51])

/** What an answer with an error for each partition means as a whole: an error that has to be repeated, or 0. */
export function passingError(partitions: readonly { readonly error: number }[]): number {
  return partitions.find(({ error }) => PASSING.has(error))?.error ?? 0
}
