/** Errors of Kafka's that an API may be answered with at any time, and that pass by themselves. */
interface Refusals {
  /** Without having done anything. */
  readonly refused: readonly number[]
  /** After having done it, as when replicas were too slow. */
  readonly denied: readonly number[]
}

const OF_TRANSACTIONS: Refusals = { refused: [14, 15, 16, 51], denied: [15] }
const OF_TOPICS: Refusals = { refused: [41], denied: [7] }

/** By the API's name; those that are missing know none. */
export const PASSING_REFUSALS: Readonly<Record<string, Refusals>> = {
  Produce: { refused: [3, 6, 19, 56], denied: [7, 20] },
  Fetch: { refused: [6, 56, 70, 71, 74, 75], denied: [6, 70] },
  ListOffsets: { refused: [5, 6, 56, 74, 75, 78], denied: [] },
  OffsetForLeaderEpoch: { refused: [6, 56, 74, 75], denied: [] },
  Metadata: { refused: [5], denied: [] },
  FindCoordinator: { refused: [15], denied: [] },
  JoinGroup: { refused: [14, 15, 16], denied: [16] },
  SyncGroup: { refused: [14, 15, 16, 27], denied: [16, 27] },
  Heartbeat: { refused: [14, 15, 16, 27], denied: [15] },
  LeaveGroup: { refused: [14, 15, 16], denied: [15] },
  OffsetCommit: { refused: [14, 15, 16], denied: [15, 16] },
  OffsetFetch: { refused: [14, 16, 88], denied: [] },
  InitProducerId: OF_TRANSACTIONS,
  AddPartitionsToTxn: OF_TRANSACTIONS,
  AddOffsetsToTxn: OF_TRANSACTIONS,
  TxnOffsetCommit: OF_TRANSACTIONS,
  EndTxn: OF_TRANSACTIONS,
  DeleteRecords: { refused: [6, 56], denied: [7] },
  CreateTopics: OF_TOPICS,
  DeleteTopics: OF_TOPICS,
}
