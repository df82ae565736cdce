import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { EmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import { bounds, contents, produce, transactional } from './support/broker.ts'
import { temporaryDirectory } from './support/directory.ts'
import { open, partitionFile } from './support/files.ts'
import { bytes, record } from './support/fixture.ts'
import { manualClock } from './support/manual-clock.ts'

const NOWHERE = { partition: 0, memberId: '', generation: -1 }

test('records, headers, nulls, timestamps, topics and offsets are there after a restart', async () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.createTopics([{ name: 't', partitions: 2, config: { 'cleanup.policy': 'compact' } }])
  const headers = [
    ['h', bytes('1')],
    ['h', null],
    ['ü', bytes('')],
  ] as const
  produce(first, 't', [{ key: bytes('k'), value: null, headers, timestamp: 7 }, record('', 'v', 2 ** 53 - 1)])
  produce(first, 't', [record('z', '', 0)])
  first.commitOffsets({ ...NOWHERE, group: 'g', offsets: [{ topic: 't', partition: 0, offset: 2, metadata: 'm' }] })
  const before = first.describeTopics()
  await first.close()

  const second = open(directory)
  expect(second.describeTopics()).toEqual(before)
  const bound = { isolation: 'read-committed', maxWait: 0, maxRecords: 9, maxBytes: 999 } as const
  const [answer] = await second.fetch({ ...bound, partitions: [{ topic: 't', partition: 0, offset: 0 }] })
  expect(answer?.records).toEqual([
    { offset: 0, timestamp: 7, key: bytes('k'), value: null, headers },
    { offset: 1, timestamp: 2 ** 53 - 1, key: bytes(''), value: bytes('v'), headers: [] },
    { offset: 2, timestamp: 0, key: bytes('z'), value: bytes(''), headers: [] },
  ])
  const [committed] = second.fetchOffsets('g', [{ topic: 't', partition: 0 }], { requireStable: true })
  expect(committed).toMatchObject({ offset: 2, metadata: 'm' })
  expect(produce(second, 't', [record('a', 'b')]).baseOffset).toBe(3)
  await second.close()
})

test('topics that were deleted, grown or made again stay so, and their files go', async () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.createTopics([{ name: 'gone' }, { name: 'grown', partitions: 1 }, { name: 'again', partitions: 1 }])
  produce(first, 'again', [record('a', 'old')])
  first.commitOffsets({ ...NOWHERE, group: 'g', offsets: [{ topic: 'again', partition: 0, offset: 1 }] })
  first.createPartitions('grown', 3)
  first.deleteTopics(['gone', 'again'])
  first.createTopics([{ name: 'again', partitions: 1 }])
  const before = first.describeTopics()
  await first.close()
  const second = open(directory)
  expect(second.describeTopics()).toEqual(before)
  expect(second.describeTopics().map(({ name, partitions }) => [name, partitions])).toEqual([
    ['grown', 3],
    ['again', 1],
  ])
  expect(contents(second, 'again')).toEqual([])
  expect(second.fetchOffsets('g', [{ topic: 'again', partition: 0 }], { requireStable: true })[0]?.offset).toBeNull()
  expect(readdirSync(join(directory, 'topics'))).toHaveLength(2)
  await second.close()
})

test('a repetition of an idempotent batch is recognised after a restart, and a gap refused', async () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.createTopics([{ name: 't', partitions: 1 }])
  const { producerId } = first.initProducerId({ transactionTimeout: 1000, producerId: -1, producerEpoch: -1 })
  const as = (baseSequence: number) => ({ producerId, producerEpoch: 0, baseSequence })
  produce(first, 't', [record('a', '1'), record('b', '2')], as(0))
  produce(first, 't', [record('c', '3')], as(2))
  await first.close()
  const second = open(directory)
  expect(produce(second, 't', [record('c', '3')], as(2))).toMatchObject({ error: 0, baseOffset: 2 })
  expect(produce(second, 't', [record('e', '5')], as(4))).toMatchObject({ error: 45 })
  expect(produce(second, 't', [record('d', '4')], as(3))).toMatchObject({ error: 0, baseOffset: 3 })
  expect(contents(second, 't')).toHaveLength(4)
  const other = second.initProducerId({ transactionTimeout: 1000, producerId: -1, producerEpoch: -1 })
  expect(other.producerId).toBeGreaterThan(producerId)
  await second.close()
})

test('open transactions stay open over a restart, decided ones decided, and markers are still written', async () => {
  const directory = temporaryDirectory()
  const clock = manualClock()
  const first = open(directory, { clock })
  first.createTopics([{ name: 't', partitions: 1 }])
  const [open1, decided, aborted] = ['open', 'decided', 'aborted'].map((id) => transactional(first, id, 30_000))
  open1?.add('t')
  open1?.send('t', record('a', 'open'))
  aborted?.add('t')
  aborted?.send('t', record('a', 'aborted'))
  aborted?.end(false)
  await clock.advance(10)
  decided?.add('t')
  decided?.send('t', record('a', 'decided'))
  first.addOffsetsToTxn({ ...(decided as TransactionRequestLike), group: 'g' })
  const offsets = [{ topic: 't', partition: 0, offset: 9 }]
  first.txnOffsetCommit({ ...(decided as TransactionRequestLike), ...NOWHERE, group: 'g', offsets })
  expect(decided?.end(true)).toBe(0)
  // It answers before any marker is written, and now the process ends.
  await first.close()

  const second = open(directory, { clock })
  const place = [{ topic: 't', partition: 0 }]
  expect(second.fetchOffsets('g', place, { requireStable: true })[0]?.error).toBe(88)
  expect(bounds(second, 't')).toMatchObject({ lastStable: 0 })
  await clock.advance(10)
  expect(second.fetchOffsets('g', place, { requireStable: true })[0]?.offset).toBe(9)
  expect(second.describeTransactions(['open', 'decided', 'aborted']).map(({ state }) => state)).toEqual([
    'ongoing',
    'complete-commit',
    'complete-abort',
  ])
  // Nobody ends it: its time runs from its beginning, before the restart.
  await clock.advance(41_000)
  expect(contents(second, 't', 'read-committed').map((entry) => entry.split('=')[1])).toEqual(['decided'])
  expect(bounds(second, 't').lastStable).toBe(bounds(second, 't').highWatermark)
  await second.close()
})

interface TransactionRequestLike {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

test('members of before a restart are refused, and the generation goes on rising', async () => {
  const directory = temporaryDirectory()
  const clock = manualClock()
  const join = (log: EmbeddedLog, memberId = '') =>
    clock.until(
      log.joinGroup({
        group: 'g',
        memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'p', metadata: new Uint8Array() }],
        sessionTimeout: 10_000,
        rebalanceTimeout: 10_000,
        clientId: 'c',
        requireKnownMemberId: false,
      }),
    )
  const first = open(directory, { clock })
  first.createTopics([{ name: 't', partitions: 1 }])
  const joined = await join(first)
  await first.close()
  const second = open(directory, { clock })
  const { memberId, generation } = joined
  const stale = { group: 'g', memberId, generation }
  expect(second.heartbeat(stale)).toBe(25)
  const offsets = [{ topic: 't', partition: 0, offset: 1 }]
  expect(second.commitOffsets({ ...stale, offsets })[0]?.error).toBe(25)
  expect((await join(second)).generation).toBeGreaterThan(generation)
  await second.close()
})

test('compaction, retention and deleted records survive a restart, in files that shrink', async () => {
  const directory = temporaryDirectory()
  const clock = manualClock()
  const first = open(directory, { clock })
  first.createTopics([{ name: 't', partitions: 1, config: { 'cleanup.policy': 'compact' } }])
  for (let round = 0; round < 5; round++) {
    const many = Array.from({ length: 1000 }, (_, index) => record(`k${index % 7}`, `${round} ${index}`))
    produce(first, 't', many)
  }
  const before = statSync(partitionFile(directory)).size
  first.compact('t')
  expect(statSync(partitionFile(directory)).size).toBeLessThan(before / 100)
  const producer = transactional(first, 'p')
  producer.add('t')
  producer.send('t', record('k0', 'open'))
  first.deleteRecords([{ topic: 't', partition: 0, offset: 4996 }])
  first.compact('t')
  const [left, ends] = [contents(first, 't'), bounds(first, 't')]
  expect(left).toHaveLength(5)
  await first.close()

  const second = open(directory, { clock })
  expect(contents(second, 't')).toEqual(left)
  expect(bounds(second, 't')).toEqual(ends)
  expect(ends).toMatchObject({ logStart: 4996, lastStable: 5000, highWatermark: 5001 })
  // The producer's sequence and its open transaction were kept by the file that was written anew.
  const again = { producerId: producer.producerId, producerEpoch: producer.producerEpoch, transactionalId: 'p' }
  expect(produce(second, 't', [record('k0', 'open')], { ...again, baseSequence: 0 })).toMatchObject({
    baseOffset: 5000,
  })
  expect(produce(second, 't', [record('k0', 'next')], { ...again, baseSequence: 1 })).toMatchObject({
    baseOffset: 5001,
  })
  second.endTxn({ ...again, commit: true })
  await clock.advance(10)
  expect(contents(second, 't', 'read-committed').slice(-2)).toEqual(['5000:k0=open', '5001:k0=next'])
  await second.close()
})

test('a partition that cleans itself writes its file anew while appends go on', async () => {
  const directory = temporaryDirectory()
  const clock = manualClock()
  const first = open(directory, { clock })
  first.createTopics([{ name: 't', partitions: 1, config: { 'cleanup.policy': 'compact' } }])
  const value = 'x'.repeat(100)
  for (let round = 0; round < 40; round++) {
    const many = Array.from({ length: 1024 }, (_, index) => record(`k${index}`, `${round} ${value}`))
    produce(first, 't', many)
  }
  const path = partitionFile(directory)
  const before = statSync(path).size
  await clock.advance(20_000)
  let written = 0
  for (let step = 0; step < 200; step++) {
    produce(first, 't', [record(`new ${written++}`, 'v')])
    await clock.advance(1)
  }
  expect(statSync(path).size).toBeLessThan(before / 4)
  const left = contents(first, 't')
  await first.close()
  const second = open(directory, { clock })
  expect(contents(second, 't')).toEqual(left)
  expect(left.slice(-1)).toEqual([`${40 * 1024 + 199}:new 199=v`])
  await second.close()
})

test('the file of topics, groups and transactions is written anew before it grows for ever', async () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.createTopics([{ name: 't', partitions: 1 }])
  const commit = (offset: number) =>
    first.commitOffsets({ ...NOWHERE, group: 'g', offsets: [{ topic: 't', partition: 0, offset }] })
  for (let offset = 0; offset < 10_000; offset++) commit(offset)
  const before = statSync(join(directory, 'state.log')).size
  for (let offset = 10_000; offset < 10_100; offset++) commit(offset)
  expect(statSync(join(directory, 'state.log')).size).toBeLessThan(before / 10)
  await first.close()
  const second = open(directory)
  expect(second.fetchOffsets('g', [{ topic: 't', partition: 0 }], { requireStable: true })[0]?.offset).toBe(10_099)
  expect(second.describeTopics(['t'])).toHaveLength(1)
  await second.close()
})

test('more partitions than files may be open at once are written and read', async () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.createTopics([{ name: 't', partitions: 300 }])
  const batch = { producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false, timestamp: 0 }
  for (let round = 0; round < 2; round++) {
    const batches = Array.from({ length: 300 }, (_, partition) => {
      return { ...batch, topic: 't', partition, records: [record('k', `${partition} ${round}`)] }
    })
    expect(first.produce({ batches }).every(({ error }) => error === 0)).toBe(true)
  }
  await first.close()
  const second = open(directory)
  const partitions = Array.from({ length: 300 }, (_, partition) => ({ topic: 't', partition }))
  expect(second.listOffsets(partitions).every(({ highWatermark }) => highWatermark === 2)).toBe(true)
  await second.close()
})
