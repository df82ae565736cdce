import type { Cluster, Leader } from '../cluster/cluster.ts'
import type { FetchPartition } from '../requests/fetch.ts'
import type { Position } from './position.ts'
import type { PositionSet } from './position-set.ts'

/** Bytes of one partition in one answer. Kafka's own consumer asks for as many (max.partition.fetch.bytes). */
const PARTITION_BYTES = 1024 * 1024
/** Bytes that may be kept of partitions that are read, before nothing more is fetched. */
const MOST_KEPT = 16 * 1024 * 1024
/** Answers that are kept of one partition: the one that is being handed over and the next. */
const KEPT_ANSWERS = 2

/**
 * Ms without an answer after which a topic may have been deleted and made again unnoticed. While fetches follow each other
 * a leader tells of a deletion at once (3); later, Fetch 11, which goes by name, would read on in the new one.
 */
const VERIFY_AFTER = 500

/** What is asked about a partition, and what has to be the same when the answer comes. */
export interface Asked extends FetchPartition {
  readonly position: Position
  readonly version: number
}

/** What one leader is asked next: the first of these that is not empty. */
export interface FetchPlan {
  /** Positions of topics that may have been made again since they were last heard of. */
  readonly verify: readonly Asked[]
  readonly fetch: readonly Asked[]
  /** Positions that have to be compared with the epochs of a new leader first. */
  readonly check: readonly Asked[]
}

/** What plans are made of. */
export interface PlanParts {
  readonly positions: PositionSet
  readonly cluster: Cluster
}

/** Decides what `node` is asked; partitions without a leader wait for one by themselves. */
export function planFetch(node: number, turn: number, { positions, cluster }: PlanParts): FetchPlan {
  const verify: Asked[] = []
  const fetch: Asked[] = []
  const check: Asked[] = []
  const longAgo = cluster.clock.monotonic() - VERIFY_AFTER
  const full = positions.keptBytes(false) >= MOST_KEPT
  for (const position of positions.inTurn(turn)) {
    if (!mayFetch(position)) continue
    const leader = cluster.leader(position)
    if (leader?.node !== node) continue
    const asked = ask(position, leader)
    if (position.verifiedAt < longAgo) verify.push(asked)
    else if (mustCheck(position, leader)) check.push(asked)
    else if (!full) fetch.push(asked)
  }
  return { verify, check, fetch }
}

/** Whether more is wanted of it: what is paused keeps what it has, and nothing is fetched again. */
export function mayFetch({ offset, paused, blocked, failure, kept }: Position): boolean {
  return offset >= 0 && !paused && !blocked && failure === null && kept.length < KEPT_ANSWERS
}

/** KIP-320: a new leader may have less than what was read from the old one. */
function mustCheck(position: Position, { epoch }: Leader): boolean {
  return epoch >= 0 && position.checkedEpoch !== epoch && position.fetchFrom.leaderEpoch >= 0
}

function ask(position: Position, { epoch }: Leader): Asked {
  const { topic, partition, version } = position
  const offset = position.fetchFrom.next
  return { topic, partition, offset, leaderEpoch: epoch, maxBytes: PARTITION_BYTES, position, version }
}
