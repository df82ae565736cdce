import { expect, test } from 'vitest'
import type { ChangelogShard } from '../../../src/processing/restore/changelog-shard.ts'
import type { RestoreParts } from '../../../src/processing/restore/restore-parts.ts'
import { ChangelogFollower } from '../../../src/processing/standby/changelog-follower.ts'
import { silentLogger } from '../../../src/service/console-logger.ts'
import { type Deferred, deferred } from '../../../src/service/deferred.ts'
import { FaustError } from '../../../src/service/errors.ts'
import { embeddedStore } from '../../../src/store/embedded/embedded-store.ts'
import type { RecordBatch, TopicPartitionOffset } from '../../../src/transport/record.ts'
import { manualClock } from '../../transport/embedded/support/manual-clock.ts'
import { batchOf, bytes, held, turns } from '../support/changelog.ts'

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
  const follower = new ChangelogFollower(
    parts,
    () => {},
    (error) => void crashes.push(error),
  )
  return { follower, open, polls, bounds, assigned, crashes, clock }
}

test('what was read for a copy that has gone is not written over what its task wrote before it became a copy again', async () => {
  const { bounds, crashes, follower, open, polls } = await following()
  const [moving, other] = [await open(0), await open(1)]
  await follower.add([moving, other])
  const gate = held(other, 'write')
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
  const gate = held(moving, 'clear')
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

const failure = new Error('The disk is full')

test('a copy whose write fails stops the worker with the next answer, of whatever copy', async () => {
  const { crashes, follower, open, polls } = await following()
  const [failing, other] = [await open(0), await open(1)]
  await follower.add([failing, other])
  const gate = held(failing, 'write')
  polls[0]!.resolve([batchOf(0, 0, 'fails')])
  await turns()
  gate.reject(failure)
  await turns()
  polls[1]!.resolve([batchOf(1, 0, 'never written')])
  await turns()
  expect(crashes).toEqual([failure])
  expect(other.store.position).toBe(null)
  expect(polls.length).toBe(2)
  await follower.close()
})

test('a store that throws at once fails a copy like one that answers later', async () => {
  const { crashes, follower, open, polls } = await following()
  const copy = await open(0)
  await follower.add([copy])
  Object.assign(copy.store, {
    write: () => {
      throw failure
    },
  })
  polls[0]!.resolve([batchOf(0, 0, 'fails')])
  await turns()
  polls[1]!.resolve([])
  await turns()
  expect(crashes).toEqual([failure])
  await follower.close()
})

test('a write that fails while another copy is looked at anew stops the worker, and nothing else', async () => {
  const { bounds, clock, crashes, follower, open, polls } = await following()
  const [failing, old] = [await open(0), await open(1)]
  await follower.add([failing, old])
  polls[0]!.resolve([batchOf(1, 0, 'old')])
  await turns()
  await clock.advance(2 * 86_400_000)
  bounds.logEnd = 3
  const write = held(failing, 'write')
  const clear = held(old, 'clear')
  polls[1]!.resolve([batchOf(0, 0, 'fails'), batchOf(1, 2, 'has to be read from the beginning')])
  await turns()
  // Nobody waits for the one write as long as the other goes on.
  write.reject(failure)
  await turns()
  expect(crashes).toEqual([])
  clear.resolve()
  await turns()
  polls[2]!.resolve([])
  await turns()
  expect(crashes).toEqual([failure])
  await follower.close()
})
