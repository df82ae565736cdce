import { expect, test } from 'vitest'
import type { ChangelogShard } from '../../../src/processing/restore/changelog-shard.ts'
import type { RestoreParts } from '../../../src/processing/restore/restore.ts'
import { StandbyFollower } from '../../../src/processing/standby/standby-follower.ts'
import { silentLogger } from '../../../src/service/console-logger.ts'
import { type Deferred, deferred } from '../../../src/service/deferred.ts'
import { FaustError } from '../../../src/service/errors.ts'
import { embeddedStore } from '../../../src/store/embedded/embedded-store.ts'
import type { RecordBatch, TopicPartitionOffset } from '../../../src/transport/record.ts'
import { manualClock } from '../../transport/embedded/support/manual-clock.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** A follower of two partitions of a changelog whose answers come one by one, when the test gives them. */
async function following() {
  const clock = manualClock()
  const store = embeddedStore()
  await store.start({ app: 'app', clock, logger: silentLogger })
  const bounds = { logStart: 0, logEnd: 0 }
  const polls: Deferred<readonly RecordBatch[]>[] = []
  const assigned: TopicPartitionOffset[] = []
  const crashes: unknown[] = []
  const reader = {
    assign: async (from: readonly TopicPartitionOffset[]) => void assigned.push(...from),
    unassign: () => {},
    poll: ({ signal }: { signal: AbortSignal }) => {
      const answer = deferred<readonly RecordBatch[]>()
      signal.addEventListener('abort', () => answer.resolve([]))
      polls.push(answer)
      return answer.promise
    },
    close: async () => {},
  }
  const parts = {
    clock,
    logger: silentLogger,
    sensor: {},
    pacer: { breathe: async () => {} },
    topology: { topics: new Map([['log', { id: 'id', tombstoneRetention: 86_400_000, trimmed: true }]]) },
    transport: {
      reader: () => reader,
      admin: { offsets: async (places: unknown[]) => places.map(() => ({ ...bounds })) },
    },
  } as unknown as RestoreParts
  const open = async (partition: number): Promise<ChangelogShard> => ({
    table: { name: 'counts', changelog: 'log' } as ChangelogShard['table'],
    partition,
    store: await store.open('counts', partition, { mode: 'standby', epoch: 0 }),
    log: 'id',
  })
  const follower = new StandbyFollower(
    parts,
    () => {},
    (error) => void crashes.push(error),
  )
  return { follower, open, polls, bounds, assigned, crashes, clock }
}

function batchOf(partition: number, offset: number, value: string): RecordBatch {
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

/** Its next `method` waits until the answer is resolved. */
function slow({ store }: ChangelogShard, method: 'write' | 'clear'): Deferred<void> {
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

test('what was read for a copy that has gone is not written over what its task wrote before it became a copy again', async () => {
  const { bounds, crashes, follower, open, polls } = await following()
  const [moving, other] = [await open(0), await open(1)]
  await follower.add([moving, other])
  const gate = slow(other, 'write')
  polls[0]!.resolve([batchOf(1, 0, 'one')])
  await turns()
  polls[1]!.resolve([batchOf(0, 0, 'old')])
  await turns()

  await follower.remove([moving])
  const position = { log: 'id', offset: 5, time: 0, note: '' }
  await moving.store.write({ entries: [{ key: bytes('key'), value: bytes('new') }], position })
  bounds.logEnd = 6
  await follower.add([moving])
  gate.resolve()
  await turns()
  expect(await moving.store.get(bytes('key'))).toEqual(bytes('new'))
  expect(moving.store.position?.offset).toBe(5)
  expect(follower.lag(moving)).toBe(0)
  await follower.close()
  expect(crashes).toEqual([])
})

test('a copy that is being rebuilt is let go when nothing is written to it any more, and is not read again', async () => {
  const { assigned, bounds, crashes, follower, open, polls } = await following()
  const [moving, other] = [await open(0), await open(1)]
  await moving.store.write({ entries: [], position: { log: 'id', offset: 3, time: 0, note: '' } })
  bounds.logEnd = 4
  await follower.add([moving, other])
  const gate = slow(moving, 'clear')
  const details = { topic: 'log', partition: 0, logStart: 10, logEnd: 20 }
  polls[0]!.reject(new FaustError('FAUST_OFFSET_OUT_OF_RANGE', 'gone', { details }))
  await turns()

  let free = false
  const removed = follower.remove([moving]).then(() => void (free = true))
  await turns()
  expect(free).toBe(false)
  const before = assigned.length
  gate.resolve()
  await removed
  await moving.store.close()
  await turns()
  expect(assigned.length).toBe(before)
  expect(polls.length).toBe(2)
  await follower.close()
  expect(crashes).toEqual([])
})

test('a copy that stood still for so long that deletions may be gone is rebuilt, not continued', async () => {
  const { assigned, bounds, clock, crashes, follower, open, polls } = await following()
  const copy = await open(0)
  await follower.add([copy])
  polls[0]!.resolve([batchOf(0, 0, 'deleted meanwhile')])
  await turns()
  // The deletion was at offset 1, and compaction has removed it.
  bounds.logEnd = 3
  await clock.advance(2 * 86_400_000)
  polls[1]!.resolve([])
  await turns()
  polls[2]!.resolve([{ ...batchOf(0, 2, 'of another'), records: [] }])
  await turns()
  expect(assigned.at(-1)).toEqual({ topic: 'log', partition: 0, offset: 0 })
  expect(await copy.store.get(bytes('key'))).toBeUndefined()
  await follower.close()
  expect(crashes).toEqual([])
})
