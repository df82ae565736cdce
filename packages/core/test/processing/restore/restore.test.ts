import { expect, onTestFinished, test } from 'vitest'
import type { ChangelogShard } from '../../../src/processing/restore/changelog-shard.ts'
import { restore } from '../../../src/processing/restore/restore.ts'
import type { RestoreParts } from '../../../src/processing/restore/restore-parts.ts'
import { silentLogger } from '../../../src/service/console-logger.ts'
import { type Deferred, deferred } from '../../../src/service/deferred.ts'
import { FaustError } from '../../../src/service/errors.ts'
import { Semaphore } from '../../../src/service/semaphore.ts'
import { embeddedStore } from '../../../src/store/embedded/embedded-store.ts'
import type { Shard } from '../../../src/store/store.ts'
import type { Reader } from '../../../src/transport/reader.ts'
import type { RecordBatch, TopicPartitionOffset } from '../../../src/transport/record.ts'
import { manualClock } from '../../transport/embedded/support/manual-clock.ts'
import { batchOf, bytes, held, turns } from '../support/changelog.ts'

const END = 10

/** A restore of two shards, to offset 10 each, whose answers come one by one, when the test gives them. */
async function restoring(
  change: Partial<Reader> = {},
  { logEnd = END, shard = {} }: { logEnd?: number; shard?: Partial<Shard> } = {},
) {
  const clock = manualClock()
  const store = embeddedStore()
  await store.start({ app: 'app', clock, logger: silentLogger })
  const polls: Deferred<readonly RecordBatch[]>[] = []
  const assigned: TopicPartitionOffset[] = []
  const done: [partition: number, done: number, total: number][] = []
  let closed = false
  const reader = {
    assign: async (from: readonly TopicPartitionOffset[]) => void assigned.push(...from),
    unassign: () => {},
    poll: ({ signal }: { signal: AbortSignal }) => {
      const answer = deferred<readonly RecordBatch[]>()
      // As the contract says: the wait ends with an empty answer.
      const end = (): void => void setImmediate(() => answer.resolve([]))
      if (signal.aborted) end()
      else signal.addEventListener('abort', end)
      polls.push(answer)
      return answer.promise
    },
    close: async () => void (closed = true),
    ...change,
  }
  const parts = {
    clock,
    logger: silentLogger,
    sensor: {
      onRestore: (fact: { partition: number; done: number; total: number }) => {
        done.push([fact.partition, fact.done, fact.total])
      },
    },
    pacer: { breathe: async () => {} },
    restores: new Semaphore(1),
    topology: { topics: new Map([['log', { id: 'id', tombstoneRetention: 86_400_000, trimmed: true }]]) },
    transport: {
      reader: () => reader,
      admin: { offsets: async (places: unknown[]) => places.map(() => ({ logStart: 0, logEnd })) },
    },
  } as unknown as RestoreParts
  const open = async (partition: number): Promise<ChangelogShard> => ({
    table: { name: 'counts', changelog: 'log' } as ChangelogShard['table'],
    partition,
    store: Object.assign(await store.open('counts', partition, { mode: 'active', epoch: 0 }), shard),
    log: 'id',
  })
  const [first, second] = [await open(0), await open(1)]
  const ending = new AbortController()
  // A restore that goes on when it should not ends with its test.
  onTestFinished(() => polls.at(-1)?.reject(new Error('The test is over')))
  const outcome = { error: undefined as unknown, settled: false }
  const running = restore(parts, [first, second], ending.signal).then(
    () => void (outcome.settled = true),
    (error: unknown) => void Object.assign(outcome, { error, settled: true }),
  )
  await turns()
  const answer = async (...batches: RecordBatch[]): Promise<void> => {
    polls.at(-1)!.resolve(batches)
    await turns()
  }
  return { first, second, polls, assigned, done, ending, outcome, running, answer, isClosed: () => closed }
}

const failure = new Error('The disk is full')

/** From now on writes fail as given. */
function failing({ store }: ChangelogShard, write: () => void | Promise<void>): void {
  Object.assign(store, { write } satisfies Partial<Shard>)
}

test('a store that goes through the entries of a write twice is told, instead of a table that has lost them', async () => {
  const { answer, first, outcome } = await restoring()
  const write = first.store.write.bind(first.store)
  Object.assign(first.store, {
    write({ entries, position }) {
      const keys = Array.from(entries, ({ key }) => key)
      return keys.length === 0 ? undefined : write({ entries, position })
    },
  } satisfies Partial<Shard>)
  await answer(batchOf(0, 0, 'read once'))
  expect(outcome.error).toMatchObject({ code: 'FAUST_STORE_FAILED', details: { table: 'counts', partition: 0 } })
  expect(String(outcome.error)).toContain('twice')
  expect(first.store.position).toBe(null)
})

test('a restore that is given up ends, though the log has nothing to say', async () => {
  const { ending, isClosed, outcome } = await restoring()
  ending.abort()
  await turns()
  expect(outcome.error).toMatchObject({ code: 'FAUST_ABORTED' })
  expect(isClosed()).toBe(true)
})

test('a restore that is given up does not wait for an answer that may never come', async () => {
  const { ending, isClosed, outcome } = await restoring({ assign: () => new Promise(() => {}) })
  ending.abort()
  await turns()
  expect(outcome.error).toMatchObject({ code: 'FAUST_ABORTED' })
  expect(isClosed()).toBe(true)
})

test('a restore that is given up between two writes ends the one and begins no other', async () => {
  const { answer, ending, first, outcome, second } = await restoring()
  const write = held(first, 'write')
  await answer(batchOf(0, 0, 'written'))
  ending.abort()
  await answer(batchOf(0, 1, 'not any more'), batchOf(1, 0, 'neither'))
  expect(outcome.settled).toBe(false)
  write.resolve()
  await turns()
  expect(outcome.error).toMatchObject({ code: 'FAUST_ABORTED' })
  expect(first.store.position?.offset).toBe(0)
  expect(second.store.position).toBe(null)
})

test('no third answer is asked for before the first is written, whatever shard it was of', async () => {
  const { answer, first, polls, running, second } = await restoring()
  const write = held(first, 'write')
  await answer(batchOf(0, 0, 'slow'))
  expect(polls.length).toBe(2)
  await answer(batchOf(1, END - 1, 'quick'))
  expect(polls.length).toBe(2)
  expect(second.store.position).toBe(null)
  write.resolve()
  await turns()
  expect(polls.length).toBe(3)
  expect(second.store.position?.offset).toBe(END - 1)
  await answer(batchOf(0, END - 1, 'the rest'))
  await running
  expect(first.store.position?.offset).toBe(END - 1)
})

test('a write that fails ends the restore with the next answer, of whatever shard, and after the writes of the others', async () => {
  const { answer, first, isClosed, outcome, polls, second } = await restoring()
  failing(first, () => Promise.reject(failure))
  const write = held(second, 'write')
  await answer(batchOf(0, 0, 'fails'), batchOf(1, 0, 'under way'))
  await answer(batchOf(1, 1, 'never written'))
  expect(outcome.settled).toBe(false)
  expect(isClosed()).toBe(false)
  write.resolve()
  await turns()
  expect(outcome.error).toBe(failure)
  expect(isClosed()).toBe(true)
  expect(polls.length).toBe(2)
  expect(second.store.position?.offset).toBe(0)
})

test('a restore whose last write fails has failed', async () => {
  const { answer, done, first, outcome } = await restoring()
  await answer(batchOf(1, END - 1, 'all'))
  failing(first, () => Promise.reject(failure))
  await answer(batchOf(0, END - 1, 'all'))
  expect(outcome.error).toBe(failure)
  expect(done).toEqual([[1, END, END]])
})

test('a store that throws at once fails the restore like one that answers later', async () => {
  const { answer, done, first, outcome, second } = await restoring()
  const write = held(second, 'write')
  failing(first, () => {
    throw failure
  })
  await answer(batchOf(1, 0, 'under way'), batchOf(0, END - 1, 'fails'))
  expect(outcome.settled).toBe(false)
  write.resolve()
  await turns()
  expect(outcome.error).toBe(failure)
  expect(done).toEqual([[1, 1, END]])
})

test('a record that cannot be read fails the restore before anything of its answer is in the shard', async () => {
  const { answer, first, outcome } = await restoring()
  const { records, ...batch } = batchOf(0, 1, 'damaged')
  const error = new FaustError('FAUST_RECORD_INVALID', 'damaged')
  await answer({
    ...batch,
    records: [
      { ...records.at(0)!, offset: 0 },
      { ...records.at(0)!, error },
    ],
  })
  expect(outcome.error).toMatchObject({ cause: error })
  expect(first.store.position).toBe(null)
})

test('what the log has removed while a write is under way is decided when that is done', async () => {
  const { answer, assigned, done, first, outcome, polls, running, second } = await restoring()
  const write = held(first, 'write')
  await answer(batchOf(0, 3, 'under way'))
  const details = { topic: 'log', partition: 0, logStart: 4, logEnd: 12 }
  polls.at(-1)!.reject(new FaustError('FAUST_OFFSET_OUT_OF_RANGE', 'gone', { details }))
  await turns()
  expect(assigned.length).toBe(2)
  write.resolve()
  await turns()
  expect(assigned.slice(2)).toEqual([{ topic: 'log', partition: 0, offset: 4 }])
  expect(await first.store.get(bytes('key'))).toEqual(bytes('under way'))
  await answer(batchOf(0, 9, 'not the end any more'), batchOf(1, END - 1, 'all'))
  expect(outcome.settled).toBe(false)
  await answer(batchOf(0, 11, 'the end'))
  await running
  expect(outcome.error).toBe(undefined)
  expect(first.store.position?.offset).toBe(11)
  expect(second.store.position?.offset).toBe(END - 1)
  expect(done.filter(([partition]) => partition === 0)).toEqual([
    [0, 4, END],
    [0, 6, 8],
    [0, 8, 8],
  ])
})

test('a write that fails is not forgotten because the log has removed what was to be read next', async () => {
  const { answer, assigned, first, outcome, polls } = await restoring()
  failing(first, () => Promise.reject(failure))
  await answer(batchOf(0, 3, 'fails'))
  const details = { topic: 'log', partition: 0, logStart: 10, logEnd: 10 }
  polls.at(-1)!.reject(new FaustError('FAUST_OFFSET_OUT_OF_RANGE', 'gone', { details }))
  await turns()
  expect(outcome.error).toBe(failure)
  expect(assigned.length).toBe(2)
})

/** From so many records on a store is told. */
const LONG = 100_000

test('a store is told of a long restore before its first write and after its last', async () => {
  const told: string[] = []
  const { answer, first, outcome, polls, running } = await restoring(
    {},
    { logEnd: LONG, shard: { tune: async (use) => void told.push(use) } },
  )
  expect(told).toEqual(['restore', 'restore'])
  expect(polls.length).toBe(1)
  const write = held(first, 'write')
  await answer(batchOf(0, LONG - 1, 'all'), batchOf(1, LONG - 1, 'all'))
  expect(told).toEqual(['restore', 'restore'])
  write.resolve()
  await running
  expect(told).toEqual(['restore', 'restore', 'serve', 'serve'])
  expect(outcome.error).toBe(undefined)
})

test('a store is not told of a short restore', async () => {
  const told: string[] = []
  const { answer, running } = await restoring(
    {},
    { logEnd: LONG - 1, shard: { tune: async (use) => void told.push(use) } },
  )
  await answer(batchOf(0, LONG - 2, 'all'), batchOf(1, LONG - 2, 'all'))
  await running
  expect(told).toEqual([])
})

test('a store that cannot ready itself fails the restore, once the other shards are done with theirs', async () => {
  const other = deferred()
  let asked = 0
  const tune = (): Promise<void> => (asked++ === 0 ? Promise.reject(failure) : other.promise)
  const { outcome, polls } = await restoring({}, { logEnd: LONG, shard: { tune } })
  expect(asked).toBe(2)
  expect(outcome.settled).toBe(false)
  other.resolve()
  await turns()
  expect(outcome.error).toBe(failure)
  expect(polls.length).toBe(0)
})
