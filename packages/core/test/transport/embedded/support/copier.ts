import type { Clock } from '../../../../src/service/clock.ts'
import { isFaustError } from '../../../../src/service/errors.ts'
import { sleep } from '../../../../src/service/wait.ts'
import type { GroupConsumer } from '../../../../src/transport/group.ts'
import type { Producer } from '../../../../src/transport/producer.ts'
import type { RecordBatch, TopicPartition } from '../../../../src/transport/record.ts'
import type { EmbeddedTransport } from '../../../../src/transport/embedded/embedded-transport.ts'
import { testAssignor } from './assignor.ts'

/** Ms. */
const TRANSACTION_TIMEOUT = 5000

/**
 * A worker that copies `in` to `out`, exactly once, the way core does: outputs and offsets in one transaction, offsets
 * checked by membership, committed offsets read when no transaction can change them any more.
 */
export class Copier {
  readonly #transport: EmbeddedTransport
  readonly #clock: Clock
  readonly #consumer: GroupConsumer
  readonly #producer: Producer
  #cycle: Promise<void> = Promise.resolve()
  #joining = true
  #stopped = false

  constructor(transport: EmbeddedTransport, clock: Clock, name: string) {
    this.#transport = transport
    this.#clock = clock
    this.#producer = transport.producer({ transactionalId: name, transactionTimeout: TRANSACTION_TIMEOUT })
    const quiet = async () => {
      this.#joining = true
      await this.#cycle
    }
    this.#consumer = transport.groupConsumer({
      group: 'copy',
      protocol: 'cooperative',
      isolation: 'read-committed',
      assignor: testAssignor(['in']),
      sessionTimeout: 2000,
      heartbeatInterval: 300,
      rebalanceTimeout: 4000,
      hooks: {
        onRejoin: quiet,
        onRevoked: quiet,
        onLost: quiet,
        onAssigned: async (partitions) => {
          await this.#goBack(partitions)
          this.#joining = false
        },
      },
    })
  }

  /** Works until it is killed or fenced. */
  async run(): Promise<void> {
    try {
      await this.#init()
      await this.#consumer.start()
      while (!this.#stopped) {
        const polled = await this.#consumer.poll({ maxWait: 100, maxRecords: 7 })
        const batches = polled.filter((batch) => this.#holds(batch))
        if (batches.length === 0) continue
        // What is not copied in this round, because a join is under way, is read again.
        if (this.#joining) {
          await this.#goBack(batches)
          await sleep(this.#clock, 10)
        } else await (this.#cycle = this.#copy(batches))
      }
    } catch {
      // Killed, or put out for good: others take over.
    }
  }

  kill(): void {
    this.#stopped = true
    this.#transport.kill()
  }

  #holds({ topic, partition }: TopicPartition): boolean {
    return this.#consumer.assignment().some((place) => place.topic === topic && place.partition === partition)
  }

  async #copy(batches: readonly RecordBatch[]): Promise<void> {
    const membership = this.#consumer.membership()
    if (membership === null) return
    try {
      this.#producer.beginTransaction()
      const sends = batches.map(({ partition, records }) => this.#producer.send('out', partition, Array.from(records)))
      await Promise.all(sends)
      await this.#producer.sendOffsets(
        batches.map(({ topic, partition, nextOffset }) => ({ topic, partition, offset: nextOffset })),
        membership,
      )
      await this.#producer.commitTransaction()
    } catch (error) {
      if (this.#stopped) throw error
      await this.#producer.abortTransaction().catch(() => {})
      await this.#init()
      await this.#goBack(this.#consumer.assignment())
    }
  }

  async #init(): Promise<void> {
    for (;;) {
      try {
        return await this.#producer.init()
      } catch (error) {
        if (!isFaustError(error) || !error.retriable) throw error
      }
    }
  }

  async #goBack(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return
    for (;;) {
      try {
        const committed = await this.#transport.admin.committedOffsets('copy', partitions, { requireStable: true })
        for (const place of committed) this.#consumer.seek(place, place.offset ?? 0)
        return
      } catch (error) {
        if (!isFaustError(error) || !error.retriable) throw error
      }
    }
  }
}
