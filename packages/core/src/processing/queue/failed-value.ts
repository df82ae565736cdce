/** What an agent knows of a value that has failed. Counted by topic, partition and offset, not by its hand-overs. */
export interface FailedValue {
  readonly offset: number
  /** How often it has failed. */
  attempts: number
  /** `monotonic` of the first failure. */
  readonly since: number
  /** The last failure. */
  error: unknown
  /** The list that it is tried again in, where `take` gave it to the handler. */
  list: RetriedList | undefined
  /** It is out of tries and comes again all the same, as its task went back: it ends without being handed over. */
  over: boolean
}

/** A list of `take` that comes again as it was, or a value of one that comes alone. */
export interface RetriedList {
  /** How many values it has; operators may take some away. */
  size: number
}

/** A value that waits for another try, as a status shows it. */
export interface RetryingValue {
  readonly offset: number
  /** How often it has failed. */
  readonly attempts: number
  /** Message of the last failure. */
  readonly error: string
  /** Ms until the next try. */
  readonly in: number
}
