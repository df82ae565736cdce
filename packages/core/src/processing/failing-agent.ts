/** A function that failed before it had a value, mostly because it could not reach what it needs. */
export interface FailingAgent {
  readonly agent: string
  /** How often it has failed, one time after another. */
  readonly attempts: number
  /** Message of the last failure. */
  readonly error: string
  /** Ms until it is called again. */
  readonly in: number
}
