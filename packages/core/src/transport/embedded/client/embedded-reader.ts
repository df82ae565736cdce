import type { PollOptions } from '../../group.ts'
import type { Reader, ReaderOptions, ReadStart } from '../../reader.ts'
import type { RecordBatch, TopicPartition, TopicPartitionOffset } from '../../record.ts'
import { KafkaError } from '../log/kafka-error.ts'
import { ask } from './ask.ts'
import { closedError } from './client.ts'
import type { Client } from './client.ts'
import { missingFault } from './missing.ts'
import { PartitionPoller } from './partition-poller.ts'

/** Ms. */
const ASSIGN_WITHIN = 30_000

/** A reader of the embedded log. */
export class EmbeddedReader implements Reader {
  readonly #client: Client
  readonly #poller: PartitionPoller
  /** Called once it is closed. */
  onClosed: () => void = () => {}
  #closed = false

  constructor(client: Client, { isolation }: ReaderOptions) {
    this.#client = client
    this.#poller = new PartitionPoller({ client, isolation, missingIsError: true, name: 'The reader' })
  }

  async assign(from: readonly TopicPartitionOffset[]): Promise<readonly ReadStart[]> {
    this.#check()
    const { broker } = this.#client
    const what = 'Assigning partitions to a reader'
    const answers = await ask(this.#client, () => broker.listOffsets(from), { what, within: ASSIGN_WITHIN })
    const missing = answers.find(({ error }) => error !== KafkaError.NONE)
    if (missing !== undefined) throw await missingFault(this.#client, missing)
    this.#check()
    return answers.map(({ topic, partition, topicId, logStart, highWatermark }, index) => {
      const { offset } = from[index] as TopicPartitionOffset
      this.#poller.positions.add({ topic, partition }, topicId, offset)
      return { topic, partition, offset, logStart, end: highWatermark }
    })
  }

  unassign(partitions: readonly TopicPartition[]): void {
    this.#poller.positions.remove(partitions)
  }

  async poll(options: PollOptions): Promise<readonly RecordBatch[]> {
    this.#check()
    return this.#poller.poll(options, () => this.#closed)
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#poller.positions.pause(partitions)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#poller.positions.resume(partitions)
  }

  close(): Promise<void> {
    this.#closed = true
    this.#poller.positions.remove([...this.#poller.positions.all()])
    this.onClosed()
    return Promise.resolve()
  }

  #check(): void {
    if (this.#closed || this.#client.killed.aborted) throw closedError('The reader')
  }
}
