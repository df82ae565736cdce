import type { PollOptions, Reader, ReadStart, RecordBatch, TopicPartition, TopicPartitionOffset } from '@faust/core'
import type { FetcherOptions } from './fetcher.ts'
import { KafkaFetcher } from './kafka-fetcher.ts'

/** A reader without a group: core's `Reader` over Kafka. */
export class KafkaReader implements Reader {
  readonly #fetcher: KafkaFetcher
  readonly #onClose: (() => void) | undefined

  /** `onClose` tells whoever keeps count of readers. */
  constructor(options: Pick<FetcherOptions, 'cluster' | 'codecs' | 'isolation' | 'name'>, onClose?: () => void) {
    this.#onClose = onClose
    this.#fetcher = new KafkaFetcher({ ...options, subject: `Reader ${options.name}`, onMissing: 'error' })
  }

  assign(from: readonly TopicPartitionOffset[]): Promise<readonly ReadStart[]> {
    return this.#fetcher.assign(from)
  }

  unassign(partitions: readonly TopicPartition[]): void {
    this.#fetcher.unassign(partitions)
  }

  poll(options: PollOptions): Promise<readonly RecordBatch[]> {
    return this.#fetcher.poll(options)
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#fetcher.pause(partitions)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#fetcher.resume(partitions)
  }

  async close(): Promise<void> {
    await this.#fetcher.close()
    this.#onClose?.()
  }
}
