import { FaustError } from '@faust/core'
import type { GroupMembership, OffsetToCommit, TopicPartition } from '@faust/core'
import type { Cluster } from '../cluster/cluster.ts'
import { deferred, settledWithin, sleep } from '../connection/wait.ts'
import type { Deferred } from '../connection/wait.ts'
import { brokerFault } from '../requests/broker-fault.ts'
import { KAFKA } from '../requests/error-codes.ts'
import type { PartitionError } from '../requests/partition-error.ts'
import type { Gate } from './gate.ts'
import type { GroupRequests } from './group-requests.ts'
import { memberFault, staleFault } from './member-fault.ts'

/** Bytes of metadata that a broker takes (`offset.metadata.max.bytes`). */
const METADATA_BYTES = 4_096
/** Ms for which answers that say "not now" are believed. */
const PATIENCE = 30_000
/** Ms between two tries. */
const PAUSE = 100

/** What commits need of their member. */
export interface CommittingMember {
  readonly gate: Gate
  readonly current: GroupMembership | null
  /** The membership of now, or why there is none. */
  require(): GroupMembership
  tenureOf(partition: TopicPartition): number | undefined
  /** Draws the consequence of what the group said, and answers the error to tell. */
  refuse(sentAs: GroupMembership, error: number): FaustError
  joinSoon(): void
}

/**
 * Commits, one request at a time: a repeated one that overtook a later one would move the group back. Nothing is sent
 * while the gate is closed.
 */
export class Committer {
  readonly #cluster: Cluster
  readonly #requests: GroupRequests
  readonly #member: CommittingMember
  readonly #group: string
  #last: Promise<void> = Promise.resolve()
  #flight: { readonly abort: AbortController; readonly landed: Deferred<void> } | null = null

  constructor(cluster: Cluster, requests: GroupRequests, member: CommittingMember, group: string) {
    this.#cluster = cluster
    this.#requests = requests
    this.#member = member
    this.#group = group
  }

  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    for (const offset of offsets) this.#check(offset)
    const tenures = offsets.map((offset) => this.#member.tenureOf(offset))
    const held = (): boolean =>
      offsets.every((offset, at) => tenures[at] !== undefined && tenures[at] === this.#member.tenureOf(offset))
    const turn = this.#last.then(() => this.#store(offsets, held))
    this.#last = turn.catch(() => {})
    return turn
  }

  /** Before a join, with the gate closed: waits for the request under way, and gives it up when it takes too long. */
  async ground(within: number): Promise<void> {
    const flight = this.#flight
    if (flight === null) return
    if (await settledWithin(this.#cluster.clock, flight.landed.promise, within)) return
    flight.abort.abort()
    await flight.landed.promise
  }

  async #store(offsets: readonly OffsetToCommit[], held: () => boolean): Promise<void> {
    const { clock } = this.#cluster
    const until = clock.monotonic() + PATIENCE
    let left = offsets
    for (;;) {
      await this.#member.gate.passed()
      const sentAs = this.#member.require()
      if (!held()) throw staleFault(sentAs)
      if (left.length === 0) return
      const refused = await this.#send(sentAs, left)
      // It was given up for a join. Whether it was stored is unknown, and it is sent again if that still may be.
      if (refused === null) continue
      if (refused.length === 0) return
      const patient = clock.monotonic() < until
      if (!(await this.#mayRepeat(sentAs, refused, patient))) throw this.#faultOf(sentAs, refused)
      left = left.filter((offset) => refused.some((each) => isSame(each, offset)))
    }
  }

  /** What the coordinator did not store; `null` when the request was given up. */
  async #send(sentAs: GroupMembership, offsets: readonly OffsetToCommit[]): Promise<readonly PartitionError[] | null> {
    const abort = new AbortController()
    const landed = deferred()
    this.#flight = { abort, landed }
    try {
      const { partitions } = await this.#requests.commit(sentAs, offsets, abort.signal)
      return partitions.filter(({ error }) => error !== KAFKA.NONE)
    } catch (error) {
      if (abort.signal.aborted) return null
      throw error
    } finally {
      this.#flight = null
      landed.resolve()
    }
  }

  async #mayRepeat(sentAs: GroupMembership, refused: readonly PartitionError[], patient: boolean): Promise<boolean> {
    const { current, gate } = this.#member
    const crossed = current !== null && (current !== sentAs || !gate.isOpen)
    const passing = (error: number): boolean => {
      if (error === KAFKA.ILLEGAL_GENERATION) return crossed
      return error === KAFKA.REBALANCE_IN_PROGRESS || error === KAFKA.UNKNOWN_TOPIC_OR_PARTITION
    }
    if (!refused.every(({ error }) => passing(error))) return false
    if (crossed) return true
    if (!patient) return false
    const missing = refused.filter(({ error }) => error === KAFKA.UNKNOWN_TOPIC_OR_PARTITION).map(({ topic }) => topic)
    if (missing.length > 0) {
      // The coordinator may be behind; a topic that is gone for all is told at once.
      await this.#cluster.refresh([...new Set(missing)])
      if (missing.some((topic) => this.#cluster.topic(topic)?.error === KAFKA.UNKNOWN_TOPIC_OR_PARTITION)) return false
    } else {
      // The others have joined already. Not waited for: a hook, which holds up the join, may be what commits.
      this.#member.joinSoon()
    }
    await sleep(this.#cluster.clock, PAUSE)
    return true
  }

  #faultOf(sentAs: GroupMembership, refused: readonly PartitionError[]): FaustError {
    for (const error of [KAFKA.FENCED_INSTANCE_ID, KAFKA.UNKNOWN_MEMBER_ID, KAFKA.ILLEGAL_GENERATION]) {
      if (refused.some((each) => each.error === error)) return this.#member.refuse(sentAs, error)
    }
    if (refused.some(({ error }) => error === KAFKA.REBALANCE_IN_PROGRESS))
      return memberFault(sentAs, KAFKA.ILLEGAL_GENERATION)
    const { topic, partition, error } = refused[0] as PartitionError
    const subject = `The offset of topic ${topic}, partition ${partition}, in group "${this.#group}"`
    return brokerFault(error, { subject, details: { group: this.#group, topic, partition } })
  }

  #check({ topic, partition, metadata = '' }: OffsetToCommit): void {
    const bytes = new TextEncoder().encode(metadata).length
    if (bytes <= METADATA_BYTES) return
    const message =
      `The metadata of an offset of topic ${topic}, partition ${partition}, in group "${this.#group}" have ${bytes} bytes, ` +
      `and brokers take ${METADATA_BYTES}: commit less with it`
    throw new FaustError('FAUST_RECORD_TOO_LARGE', message, {
      details: { group: this.#group, topic, partition, bytes },
    })
  }
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.topic === b.topic && a.partition === b.partition
}
