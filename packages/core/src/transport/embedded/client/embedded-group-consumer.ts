import { StopBudget } from '../../../service/stop-budget.ts'
import type {
  GroupConsumer,
  GroupConsumerEnd,
  GroupConsumerOptions,
  GroupMembership,
  OffsetToCommit,
  PollOptions,
} from '../../group.ts'
import type { RecordBatch, TopicPartition } from '../../record.ts'
import { ask } from './ask.ts'
import { closedError } from './client.ts'
import type { Client } from './client.ts'
import { Committer } from './committer.ts'
import { Heartbeat } from './heartbeat.ts'
import { Membership } from './membership.ts'
import { PartitionPoller } from './partition-poller.ts'

/** Ms that leaving may take; who is not heard then is put out by its session. */
const LEAVE_WITHIN = 5_000

/** A group consumer of the embedded log. */
export class EmbeddedGroupConsumer implements GroupConsumer {
  readonly #client: Client
  readonly #options: GroupConsumerOptions
  readonly #poller: PartitionPoller
  readonly #membership: Membership
  readonly #heartbeat: Heartbeat
  readonly #committer: Committer
  /** Called once it has ended, however it has. */
  onClosed: () => void = () => {}
  #unwatch: () => void = () => {}
  #started = false
  #closing: Promise<void> | null = null

  constructor(client: Client, options: GroupConsumerOptions) {
    const { group, isolation } = options
    this.#client = client
    this.#options = options
    this.#poller = new PartitionPoller({
      client,
      isolation,
      missingIsError: false,
      name: `The consumer of group "${group}"`,
    })
    this.#membership = new Membership(client, options, this.#poller)
    this.#heartbeat = new Heartbeat(client, options, this.#membership)
    this.#committer = new Committer(client, this.#membership, this.#heartbeat, group)
    this.#membership.onMember = (member) => (member ? this.#heartbeat.start() : this.#heartbeat.stop())
    client.killed.addEventListener('abort', this.#end)
  }

  start(): Promise<void> {
    if (this.#closing !== null) return Promise.reject(this.#closed())
    if (!this.#started) {
      this.#started = true
      this.#unwatch = this.#client.broker.watchTopics(() => {
        this.#membership.topicsChanged().catch((error: unknown) => {
          this.#client.logger.warn({ group: this.#options.group, error }, 'Topics changed and could not be looked at')
        })
      })
    }
    return this.#membership.start()
  }

  async poll(options: PollOptions): Promise<readonly RecordBatch[]> {
    this.#check()
    const batches = await this.#poller.poll(options, () => this.#hasEnded())
    if (batches.length === 0 && this.#membership.failure !== null) throw this.#membership.failure
    return batches
  }

  seek(partition: TopicPartition, offset: number): void {
    this.#poller.positions.seek(partition, offset)
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#poller.positions.pause(partitions)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#poller.positions.resume(partitions)
  }

  membership(): GroupMembership | null {
    return this.#membership.current
  }

  assignment(): readonly TopicPartition[] {
    return this.#membership.assigned
  }

  async commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    if (this.#client.killed.aborted) throw this.#closed()
    return this.#committer.commit(offsets)
  }

  rejoin(reason: string): void {
    this.#client.logger.debug({ group: this.#options.group, reason }, 'Asking for a rebalance')
    this.#membership.rejoin(true)
  }

  async heartbeat(): Promise<void> {
    if (this.#client.killed.aborted) throw this.#closed()
    return this.#committer.prove()
  }

  close({ leave, within = Infinity }: GroupConsumerEnd): Promise<void> {
    this.#closing ??= this.#close(leave, within)
    return this.#closing
  }

  async #close(leave: boolean, within: number): Promise<void> {
    const { clock, killed } = this.#client
    const budget = new StopBudget(clock, within)
    this.#unwatch()
    this.#poller.wake()
    try {
      await this.#membership.stop(budget.rest())
      if (this.#membership.current !== null && !killed.aborted) await this.#membership.giveUp(budget.rest())
    } finally {
      this.#end()
      if (leave) await this.#leave(Math.min(LEAVE_WITHIN, budget.rest()))
    }
  }

  async #leave(within: number): Promise<void> {
    const { group, instanceId } = this.#options
    const { memberId } = this.#membership
    if (memberId === '' || this.#client.killed.aborted) return
    const request = { group, members: [{ memberId, instanceId }] }
    const what = `Leaving group "${group}"`
    try {
      await ask(this.#client, () => this.#client.broker.leaveGroup(request), { what, within, answerWithin: within })
    } catch (error) {
      this.#client.logger.warn({ group, error }, 'The group could not be told: it waits for the session to end')
    }
  }

  readonly #end = (): void => {
    this.#client.killed.removeEventListener('abort', this.#end)
    this.#unwatch()
    this.#heartbeat.stop()
    this.#membership.end()
    this.#poller.positions.remove(this.#membership.assigned)
    this.#membership.resign()
    this.#poller.wake()
    this.onClosed()
  }

  #hasEnded(): boolean {
    return this.#closing !== null || this.#membership.failure !== null
  }

  #check(): void {
    if (this.#membership.failure !== null) throw this.#membership.failure
    if (this.#closing !== null || this.#client.killed.aborted) throw this.#closed()
  }

  #closed(): Error {
    return closedError(`The consumer of group "${this.#options.group}"`)
  }
}
