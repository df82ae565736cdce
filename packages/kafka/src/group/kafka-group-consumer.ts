import type {
  GroupConsumer,
  GroupConsumerEnd,
  GroupConsumerOptions,
  GroupMembership,
  OffsetToCommit,
  PollOptions,
  RecordBatch,
  TopicPartition,
} from '@faust/core'
import type { Cluster } from '../cluster/cluster.ts'
import { Deadline } from '../cluster/deadline.ts'
import type { Fetcher } from '../fetcher/fetcher.ts'
import { KAFKA } from '../requests/error-codes.ts'
import { GroupMember } from './group-member.ts'
import { GroupRequests } from './group-requests.ts'
import { lendJoinLane } from './join-lanes.ts'
import type { JoinLane } from './join-lanes.ts'
import { closedFault, memberFault } from './member-fault.ts'
import { SerialHooks } from './serial-hooks.ts'
import { memberSettings } from './settings.ts'
import type { MemberSettings } from './settings.ts'

/** Ms that leaving may take; who is not heard then is put out by its session. */
const LEAVE_WITHIN = 5_000

/** What a `KafkaGroupConsumer` is made from. */
export interface KafkaGroupConsumerParts {
  readonly cluster: Cluster
  readonly options: GroupConsumerOptions
  /** Its own: closed with it. `onMissing` has to be `wait`. */
  readonly fetcher: Omit<Fetcher, 'assign'>
}

/** A group consumer over Kafka's classic group protocol: a member that decides what is read, and a fetcher that reads it. */
export class KafkaGroupConsumer implements GroupConsumer {
  readonly #cluster: Cluster
  readonly #settings: MemberSettings
  readonly #fetcher: KafkaGroupConsumerParts['fetcher']
  readonly #requests: GroupRequests
  readonly #lane: JoinLane
  readonly #member: GroupMember
  #closing: Promise<void> | null = null

  constructor({ cluster, options, fetcher }: KafkaGroupConsumerParts) {
    const settings = memberSettings(options)
    const lane = lendJoinLane(cluster.connection)
    const requests = new GroupRequests(cluster, settings, lane.lane)
    const hooks = new SerialHooks(options.hooks, cluster.clock)
    this.#cluster = cluster
    this.#settings = settings
    this.#fetcher = fetcher
    this.#requests = requests
    this.#lane = lane
    this.#member = new GroupMember({ cluster, settings, assignor: options.assignor, hooks, requests, lane, fetcher })
  }

  async start(): Promise<void> {
    if (this.#closing !== null) throw closedFault(this.#settings.group)
    return this.#member.start()
  }

  async poll(options: PollOptions): Promise<readonly RecordBatch[]> {
    if (this.#member.failure !== null) throw this.#member.failure
    if (this.#closing !== null) throw closedFault(this.#settings.group)
    return this.#fetcher.poll(options)
  }

  seek(partition: TopicPartition, offset: number): void {
    this.#fetcher.seek(partition, offset)
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#fetcher.pause(partitions)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#fetcher.resume(partitions)
  }

  membership(): GroupMembership | null {
    return this.#member.current
  }

  assignment(): readonly TopicPartition[] {
    return this.#member.assigned
  }

  commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    return this.#member.committer.commit(offsets)
  }

  rejoin(reason: string): void {
    this.#cluster.logger.debug({ group: this.#settings.group, reason }, 'Asking for a rebalance')
    this.#member.rejoin()
  }

  heartbeat(): Promise<void> {
    return this.#member.prove()
  }

  close({ leave, within = Infinity }: GroupConsumerEnd): Promise<void> {
    this.#closing ??= this.#close(leave, within)
    return this.#closing
  }

  async #close(leave: boolean, within: number): Promise<void> {
    const deadline = new Deadline(this.#cluster.clock, within)
    try {
      await this.#member.stop(deadline)
    } finally {
      this.#member.end()
      if (leave) await this.#leave(Math.min(LEAVE_WITHIN, deadline.left))
      this.#lane.giveBack()
      await this.#fetcher.close()
    }
  }

  /** As the member it was: a static identity that somebody else has by now stays that one's. */
  async #leave(within: number): Promise<void> {
    const { memberId, failure } = this.#member
    const { group, instanceId } = this.#settings
    if (memberId === '' || failure !== null) return
    try {
      const { error, members } = await this.#requests.leave(memberId, within)
      const refused = error === KAFKA.NONE ? (members[0]?.error ?? KAFKA.NONE) : error
      if (refused === KAFKA.NONE) return
      const member = { group, memberId, generation: -1, instanceId: instanceId ?? undefined }
      this.#cluster.logger.debug({ group, error: memberFault(member, refused) }, 'The group had let it go already')
    } catch (error) {
      this.#cluster.logger.warn({ group, error }, 'The group could not be told: it waits for the session to end')
    }
  }
}
