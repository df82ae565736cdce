import type { FaustError } from '../../service/errors.ts'
import type { RetryingValue } from './failed-value.ts'

/** An agent's way through a queue, as the queue and its task see it. */
export interface QueueReader {
  /** The agent's name. */
  readonly name: string
  /** Number of the batch it stands in. */
  readonly sequence: number
  /** The smallest offset it has not settled. */
  readonly frontier: number
  /** The largest timestamp below its frontier. */
  readonly streamTime: number
  /** Values its handlers have in hand. */
  readonly handed: number
  /** Values an unfinished `take` has gathered, or is about to. */
  readonly collecting: number
  /** Those of them that are being decoded, or go through operators. */
  readonly preparing: number
  /** Values taken out of the queue and not settled. */
  readonly unsettled: number
  /** The first value that waits for another try. */
  readonly retrying: RetryingValue | undefined
  /** The smallest offset not settled when it is in a handler's hand, else -1. */
  readonly oldestInHand: number
  /** A handler has had it for too long: its call ends and the value fails with this. */
  stalled(error: FaustError): void
  /** The queue has more. */
  arrived(): void
  /** There may be something to pull. */
  wake(): void
  /** Nothing at or below `offset` is on its way; what an unfinished `take` collects counts in exact tasks alone. */
  quietUpTo(offset: number): boolean
  /** What was settled since the last report, and the longest time in hand among timed ones; `undefined` for nothing. */
  report(): { readonly count: number; readonly duration: number } | undefined
  /** Nothing may be handed over or settled any more; `why` is for the calls that have something in hand. */
  close(why: string): void
}
