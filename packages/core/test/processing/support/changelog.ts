import type { ChangelogShard } from '../../../src/processing/restore/changelog-shard.ts'
import { type Deferred, deferred } from '../../../src/service/deferred.ts'
import type { RecordBatch } from '../../../src/transport/record.ts'

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Until nothing happens any more that needs no time. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** What a poll answers: one record of the topic `log`, under the key `key`. */
export function batchOf(partition: number, offset: number, value: string): RecordBatch {
  const record = { offset, timestamp: 0, key: bytes('key'), value: bytes(value), headers: [] }
  const nextOffset = offset + 1
  return {
    topic: 'log',
    partition,
    records: [record],
    nextOffset,
    highWatermark: nextOffset,
    leaderEpoch: -1,
    bytes: 9,
  }
}

/** Its next `method` waits until the answer is resolved, or fails when that is rejected. */
export function held({ store }: ChangelogShard, method: 'write' | 'clear'): Deferred<void> {
  const gate = deferred()
  const original = store[method].bind(store) as (...given: unknown[]) => unknown
  Object.assign(store, {
    [method]: async (...given: unknown[]) => {
      Object.assign(store, { [method]: original })
      await gate.promise
      await original(...given)
    },
  })
  return gate
}
