import { expect, test } from 'vitest'
import { createEmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import type { LogScheduler, ScheduledTask } from '../../../src/transport/embedded/log/scheduler.ts'
import { bounds, contents, produce, transactional } from './support/broker.ts'
import { record } from './support/fixture.ts'
import { manualClock } from './support/manual-clock.ts'

const ANONYMOUS = { memberId: '', generation: -1 }

/** A log whose markers come when the test says so. */
function logWithMarkers() {
  const clock = manualClock()
  const waiting: { readonly task: ScheduledTask; readonly run: () => void }[] = []
  const scheduler: LogScheduler = {
    schedule: (task, run) => {
      if (task.kind !== 'marker') return clock.setTimeout(run, 10_000)
      const entry = { task, run }
      waiting.push(entry)
      return { cancel: () => void waiting.splice(waiting.indexOf(entry), 1) }
    },
  }
  const log = createEmbeddedLog({ clock, scheduler })
  log.createTopics([
    { name: 'a', partitions: 1 },
    { name: 'b', partitions: 1 },
  ])
  /** Lets one marker arrive: of a topic, or of a group. */
  const deliver = (where: string) => {
    const index = waiting.findIndex(({ task }) => task.kind === 'marker' && (task.topic ?? task.group) === where)
    const [entry] = waiting.splice(index, 1)
    if (index < 0 || entry === undefined) throw new Error(`no marker for ${where} is under way`)
    entry.run()
  }
  return { clock, log, waiting, deliver }
}

test('EndTxn answers before its markers, which reach each partition and the offsets by themselves', async () => {
  const { log, deliver } = logWithMarkers()
  const producer = transactional(log, 'p')
  producer.add('a')
  producer.add('b')
  producer.send('a', record('k', '1'))
  producer.send('b', record('k', '2'))
  expect(log.addOffsetsToTxn({ ...producer, group: 'g' })).toBe(0)
  const offsets = [{ topic: 'a', partition: 0, offset: 5 }]
  expect(log.txnOffsetCommit({ ...producer, ...ANONYMOUS, group: 'g', offsets })[0]?.error).toBe(0)
  const stable = () => log.fetchOffsets('g', [{ topic: 'a', partition: 0 }], { requireStable: true })[0]
  const unstable = () => log.fetchOffsets('g', [{ topic: 'a', partition: 0 }], { requireStable: false })[0]
  expect(stable()?.error).toBe(88)
  expect(producer.end(true)).toBe(0)
  expect(contents(log, 'a', 'read-committed')).toEqual([])
  expect([stable()?.error, unstable()?.offset]).toEqual([88, null])
  deliver('b')
  expect(contents(log, 'b', 'read-committed')).toEqual(['0:k=2'])
  expect(contents(log, 'a', 'read-committed')).toEqual([])
  deliver('g')
  expect(stable()).toMatchObject({ error: 0, offset: 5 })
  expect(log.describeTransactions(['p'])[0]?.state).toBe('prepare-commit')
  deliver('a')
  expect(contents(log, 'a', 'read-committed')).toEqual(['0:k=1'])
  expect(log.describeTransactions(['p'])[0]?.state).toBe('complete-commit')
  // The marker has an offset of its own.
  expect(bounds(log, 'a')).toEqual({ logStart: 0, highWatermark: 2, lastStable: 2 })
  await log.close()
})

test('until the markers are written the next transaction meets CONCURRENT_TRANSACTIONS', async () => {
  const { log, deliver } = logWithMarkers()
  const producer = transactional(log, 'p')
  producer.add('a')
  producer.send('a', record('k', '1'))
  producer.end(true)
  expect(producer.add('b')).toBe(51)
  expect(log.addOffsetsToTxn({ ...producer, group: 'g' })).toBe(51)
  expect(producer.end(true)).toBe(51)
  expect(producer.end(false)).toBe(48)
  const init = { transactionalId: 'p', transactionTimeout: 1000, producerId: -1, producerEpoch: -1 }
  expect(log.initProducerId(init).error).toBe(51)
  deliver('a')
  expect(producer.end(true)).toBe(0)
  expect(producer.end(false)).toBe(48)
  expect(producer.add('b')).toBe(0)
  await log.close()
})

test('a late batch of a decided transaction joins it as long as its marker has not come', async () => {
  const { log, deliver } = logWithMarkers()
  const producer = transactional(log, 'p')
  producer.add('a')
  producer.add('b')
  producer.send('a', record('k', '1'))
  producer.end(true)
  expect(producer.send('a', record('k', 'late'))).toMatchObject({ error: 0 })
  // Where nothing was written before, it is the first batch and is verified.
  expect(producer.send('b', record('k', 'late'))).toMatchObject({ error: 51 })
  deliver('a')
  deliver('b')
  expect(contents(log, 'a', 'read-committed')).toEqual(['0:k=1', '1:k=late'])
  expect(producer.send('a', record('k', 'too late'))).toMatchObject({ error: 48 })
  await log.close()
})

test('a partition that was not added takes no transactional records, and an open one no others', async () => {
  const { log } = logWithMarkers()
  const producer = transactional(log, 'p')
  expect(producer.send('a', record('k', 'v'))).toMatchObject({ error: 48 })
  producer.add('a')
  expect(producer.send('b', record('k', 'v'))).toMatchObject({ error: 48 })
  expect(producer.send('a', record('k', 'v'))).toMatchObject({ error: 0 })
  const { producerId, producerEpoch } = producer
  expect(produce(log, 'a', [record('k', 'v')], { producerId, producerEpoch, baseSequence: 1 })).toMatchObject({
    error: 48,
  })
  expect(log.addPartitionsToTxn({ ...producer, partitions: [{ topic: 'none', partition: 0 }] })).toBe(3)
  const stranger = { ...producer, producerId: 99 }
  expect(log.addPartitionsToTxn({ ...stranger, partitions: [{ topic: 'a', partition: 0 }] })).toBe(49)
  expect(log.endTxn({ ...stranger, commit: true })).toBe(49)
  await log.close()
})

test('a newer producer fences the older one everywhere, and ends what it left open', async () => {
  const { log, clock, deliver } = logWithMarkers()
  const old = transactional(log, 'p')
  old.add('a')
  old.send('a', record('k', 'left'))
  const init = () =>
    log.initProducerId({ transactionalId: 'p', transactionTimeout: 1000, producerId: -1, producerEpoch: -1 })
  expect(init().error).toBe(51)
  // Before the marker the partition does not know of the new epoch: what the old one writes is aborted with the rest.
  expect(old.send('a', record('k', 'zombie'))).toMatchObject({ error: 0 })
  expect(old.end(true)).toBe(90)
  deliver('a')
  expect(old.send('a', record('k', 'fenced'))).toMatchObject({ error: 47 })
  const { producerId, producerEpoch, error } = init()
  expect(error).toBe(0)
  expect(producerId).toBe(old.producerId)
  expect(producerEpoch).toBe(old.producerEpoch + 2)
  expect(old.add('b')).toBe(90)
  expect(log.initProducerId({ ...old, transactionTimeout: 1000 }).error).toBe(90)
  await clock.advance(100)
  expect(contents(log, 'a', 'read-committed')).toEqual([])
  await log.close()
})

test('a transaction that takes too long is found by a look, aborted and its producer may go on', async () => {
  const { log, clock, deliver } = logWithMarkers()
  expect(clock.pending).toBe(0)
  const producer = transactional(log, 'p', 3000)
  producer.add('a')
  producer.send('a', record('k', 'slow'))
  await clock.advance(9_999)
  expect(log.describeTransactions(['p'])[0]?.state).toBe('ongoing')
  await clock.advance(1)
  expect(log.describeTransactions(['p'])[0]?.state).toBe('prepare-abort')
  deliver('a')
  expect(contents(log, 'a', 'read-committed')).toEqual([])
  expect(producer.end(true)).toBe(90)
  // Nothing is open: nobody looks any more.
  expect(clock.pending).toBe(0)
  const again = log.initProducerId({ ...producer, transactionTimeout: 3000 })
  expect(again).toEqual({ error: 0, producerId: producer.producerId, producerEpoch: producer.producerEpoch + 1 })
  // A repetition of the same call gives the same epoch, a stranger none.
  expect(log.initProducerId({ ...producer, transactionTimeout: 3000 })).toEqual(again)
  await log.close()
})

test('sequences begin at 0 after a new epoch, go on over transactions and over 2^31', async () => {
  const { log, deliver } = logWithMarkers()
  const producer = transactional(log, 'p')
  for (const value of ['1', '2']) {
    producer.add('a')
    expect(producer.send('a', record('k', value))).toMatchObject({ error: 0 })
    producer.end(true)
    deliver('a')
  }
  const plain = log.initProducerId({ transactionTimeout: 1000, producerId: -1, producerEpoch: -1 })
  const as = (baseSequence: number) => ({ ...plain, baseSequence })
  // A producer that a partition does not know may begin anywhere.
  expect(produce(log, 'b', [record('k', '1')], as(2 ** 31 - 2))).toMatchObject({ error: 0, baseOffset: 0 })
  const over = [record('k', '2'), record('k', '3'), record('k', '4')]
  expect(produce(log, 'b', over, as(2 ** 31 - 1))).toMatchObject({ error: 0, baseOffset: 1 })
  expect(produce(log, 'b', over, as(2 ** 31 - 1))).toMatchObject({ error: 0, baseOffset: 1 })
  expect(produce(log, 'b', [record('k', '5')], as(2))).toMatchObject({ error: 0, baseOffset: 4 })
  expect(produce(log, 'b', [record('k', '9')], as(9))).toMatchObject({ error: 45 })
  expect(contents(log, 'b')).toHaveLength(5)
  await log.close()
})

test('only the last five batches are recognised', async () => {
  const { log } = logWithMarkers()
  const { producerId } = log.initProducerId({ transactionTimeout: 1000, producerId: -1, producerEpoch: -1 })
  const send = (baseSequence: number) =>
    produce(log, 'a', [record('k', `${baseSequence}`)], { producerId, producerEpoch: 0, baseSequence })
  for (let sequence = 0; sequence < 6; sequence++) expect(send(sequence).baseOffset).toBe(sequence)
  expect([1, 2, 3, 4, 5].map((sequence) => send(sequence).baseOffset)).toEqual([1, 2, 3, 4, 5])
  expect(send(0)).toMatchObject({ error: 45 })
  await log.close()
})

test('a producer whose epochs are used up gets another id', async () => {
  const { log } = logWithMarkers()
  const init = { transactionalId: 'p', transactionTimeout: 1000, producerId: -1, producerEpoch: -1 }
  let last = log.initProducerId(init)
  for (let turn = 0; turn < 2 ** 15; turn++) last = log.initProducerId(init)
  expect(last.error).toBe(0)
  expect(last.producerId).toBe(2)
  expect(last.producerEpoch).toBeLessThan(10)
  await log.close()
})

test('a topic deleted while a transaction is open does not stop it', async () => {
  const { log, deliver } = logWithMarkers()
  const producer = transactional(log, 'p')
  producer.add('a')
  producer.add('b')
  producer.send('a', record('k', 'v'))
  producer.send('b', record('k', 'v'))
  log.deleteTopics(['a'])
  expect(producer.end(true)).toBe(0)
  deliver('a')
  deliver('b')
  expect(log.describeTransactions(['p'])[0]?.state).toBe('complete-commit')
  expect(contents(log, 'b', 'read-committed')).toEqual(['0:k=v'])
  await log.close()
})

test('transactional offsets look at member and generation, and at nothing else', async () => {
  const { log, clock } = logWithMarkers()
  const joined = await clock.until(
    log.joinGroup({
      group: 'g',
      memberId: '',
      protocolType: 'consumer',
      protocols: [{ name: 'p', metadata: new Uint8Array() }],
      sessionTimeout: 60_000,
      rebalanceTimeout: 10_000,
      clientId: 'c',
      requireKnownMemberId: false,
    }),
  )
  const member = { group: 'g', memberId: joined.memberId, generation: joined.generation }
  const producer = transactional(log, 'p')
  const offsets = [{ topic: 'a', partition: 0, offset: 1 }]
  const send = (as: object) => log.txnOffsetCommit({ ...producer, ...member, offsets, ...as })[0]?.error
  expect(send({})).toBe(48)
  log.addOffsetsToTxn({ ...producer, group: 'g' })
  expect(send({ memberId: 'stranger' })).toBe(25)
  expect(send({ generation: joined.generation - 1 })).toBe(22)
  expect(send({ instanceId: 'nobody' })).toBe(25)
  // The group still waits for its assignment: nobody owns anything, and it is taken all the same.
  expect(log.describeGroups(['g'])[0]?.state).toBe('completing')
  expect(send({})).toBe(0)
  expect(log.commitOffsets({ ...member, offsets })[0]?.error).toBe(27)
  expect(send({ producerEpoch: producer.producerEpoch - 1 })).toBe(47)
  await log.close()
})
