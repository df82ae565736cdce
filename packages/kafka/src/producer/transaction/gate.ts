import type { FaustError } from '@faust/core'
import type { Lane } from '../queue/lane.ts'

/** What partitions have to pass before their first records: the open transaction, as batches see it. */
export interface Gate {
  /** Whether the coordinator has answered that the partition is part of the transaction. */
  holds(lane: Lane): boolean
  /**
   * Makes lanes part of it, all in one request. Answers which were refused for good; rejects when none could join, and
   * with `FAUST_PRODUCER_FENCED` when none ever will.
   */
  join(lanes: readonly Lane[]): Promise<ReadonlyMap<Lane, FaustError>>
}
