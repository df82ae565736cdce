import type { Delivery } from '../processing/task/delivery.ts'

/** Where one actor's values come from. */
export interface Feed {
  /** True once nothing new will be handed over any more: the app stops, or the partition of an isolated actor is gone. */
  readonly closed: boolean
  /** The next value that may be handed over now, handed over. */
  pull(): Delivery | undefined
  /** The next value, to be kept for an unfinished `take`. */
  collect(): Delivery | undefined
  /** A value that was handed over or collected and not finished: it comes again, before anything newer. */
  giveBack(delivery: Delivery): void
  /** Resolves when there may be something new, or the feed is closed, or somebody called `wake`. */
  wait(): Promise<void>
  wake(): void
}
