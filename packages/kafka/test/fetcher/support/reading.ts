import type { IncomingRecord, PollOptions, RecordBatch } from '@faust/core'
import type { Fetcher, FetcherOptions } from '../../../src/index.ts'
import { KafkaFetcher } from '../../../src/index.ts'
import { codecs } from '../../support/batches.ts'
import { text } from '../../support/bytes.ts'
import { FakeCluster } from './fake-cluster.ts'

/** A fetcher over a cluster in memory, and a poll that lets its time pass. */
export function reading(options: Partial<FetcherOptions> = {}): {
  readonly fake: FakeCluster
  readonly fetcher: Fetcher
  poll(options?: Partial<PollOptions>): Promise<readonly RecordBatch[]>
  assign(topic: string, partition: number, offset: number, leaderEpoch?: number): Promise<void>
} {
  const fake = new FakeCluster()
  const fetcher = new KafkaFetcher({
    cluster: fake.cluster,
    codecs,
    isolation: 'read-uncommitted',
    name: 'test',
    subject: 'The reader',
    onMissing: 'error',
    ...options,
  })
  return {
    fake,
    fetcher,
    poll: (own = {}) => fake.clock.run(() => fetcher.poll({ maxWait: 1000, ...own })),
    assign: async (topic, partition, offset, leaderEpoch = -1) => {
      await fake.clock.run(() => fetcher.assign([{ topic, partition, offset, leaderEpoch }]))
    },
  }
}

export function values(batches: readonly RecordBatch[]): (string | null)[] {
  return batches.flatMap(({ records }) => Array.from(records, valueOf))
}

function valueOf({ value, error }: IncomingRecord): string | null {
  return error === undefined ? text(value) : error.code
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Record<string, unknown> & { code: string }> {
  const { code, message, retriable, details } = await promise.then(
    (value) => {
      throw new Error(`It resolved with ${JSON.stringify(value)}`)
    },
    (error: { code: string; message: string; retriable: boolean; details: object }) => error,
  )
  return { ...details, code, message, retriable }
}
