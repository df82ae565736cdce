import { expect, inject, test } from 'vitest'
import { outcome } from './support/bench.ts'
import { joinAlone } from './support/lone-member.ts'
import { RealCluster, sendTo, unique } from './support/real-cluster.ts'

const connect = (): Promise<RealCluster> => RealCluster.connect(inject('kafkaBrokers'))

test('read-committed sees what was committed, whole, and nothing of what was aborted', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic(2)
  const producer = await kafka.producer({ transactionalId: unique() })
  for (let turn = 0; turn < 6; turn++) {
    producer.beginTransaction()
    const sends = [0, 1].map((partition) => sendTo(producer, topic, partition, `t${turn}`))
    if (turn % 2 === 0) await producer.commitTransaction()
    else await producer.abortTransaction()
    await Promise.all(sends)
  }
  expect(await kafka.read(topic, 0)).toEqual(['t0', 't2', 't4'])
  expect(await kafka.read(topic, 1)).toEqual(['t0', 't2', 't4'])
  expect(await kafka.read(topic, 0, 'read-uncommitted')).toHaveLength(6)
})

test('one transaction follows the other at once', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic(4)
  const producer = await kafka.producer({ transactionalId: unique() })
  const begun = performance.now()
  for (let turn = 0; turn < 60; turn++) {
    producer.beginTransaction()
    const sends = [0, 1, 2, 3].map((partition) => sendTo(producer, topic, partition, `t${turn}`))
    await producer.commitTransaction()
    await Promise.all(sends)
  }
  expect(performance.now() - begun).toBeLessThan(60_000)
  expect(await kafka.read(topic, 3)).toHaveLength(60)
})

test('a second producer fences the first for good', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic()
  const options = { transactionalId: unique() }
  const first = await kafka.producer(options)
  first.beginTransaction()
  await sendTo(first, topic, 0, 'of the first')
  const second = await kafka.producer(options)
  expect(await outcome(sendTo(first, topic, 0, 'zombie'))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
  expect(await outcome(first.commitTransaction())).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
  for (let turn = 0; turn < 2; turn++) {
    expect(await outcome(first.init())).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    second.beginTransaction()
    await sendTo(second, topic, 0, `of the second ${turn}`)
    await second.commitTransaction()
  }
  expect(await kafka.read(topic)).toEqual(['of the second 0', 'of the second 1'])
})

test('a rival that came while nothing was open is not fenced in return', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic()
  const options = { transactionalId: unique() }
  const first = await kafka.producer(options)
  first.beginTransaction()
  await sendTo(first, topic, 0, 'a')
  await first.commitTransaction()
  const second = await kafka.producer(options)
  expect(await outcome(first.init())).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
  second.beginTransaction()
  await sendTo(second, topic, 0, 'b')
  await second.commitTransaction()
  expect(await kafka.read(topic)).toEqual(['a', 'b'])
})

test.each(['AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'Produce', 'EndTxn', 'InitProducerId'])(
  'answers to %s that are lost change nothing',
  async (api) => {
    await using kafka = await connect()
    const [topic, source] = [await kafka.topic(), await kafka.topic()]
    const membership = { group: unique(), memberId: '', generation: -1 }
    const producer = await kafka.producer({ transactionalId: unique() })
    for (const offset of [1, 2, 3, 4]) {
      kafka.connection.lose(api, 2)
      producer.beginTransaction()
      const sent = sendTo(producer, topic, 0, `t${offset}`)
      await producer.sendOffsets([{ topic: source, partition: 0, offset }], membership)
      await (offset === 3 ? producer.abortTransaction() : producer.commitTransaction())
      await sent
    }
    expect(await kafka.read(topic)).toEqual(['t1', 't2', 't4'])
    const places = [{ topic: source, partition: 0 }]
    const [stored] = await kafka.admin.committedOffsets(membership.group, places, { requireStable: true })
    expect(stored?.offset).toBe(4)
  },
)

test('offsets of a stale generation or of a stranger are refused, and nothing is committed without them (KIP-447)', async () => {
  await using kafka = await connect()
  const [topic, source] = [await kafka.topic(), await kafka.topic()]
  const group = unique()
  const old = await joinAlone(kafka.cluster, group)
  const now = await joinAlone(kafka.cluster, group, old)
  expect(now.generation).toBeGreaterThan(old.generation)
  const producer = await kafka.producer({ transactionalId: unique() })
  const offsets = [{ topic: source, partition: 0, offset: 5, metadata: 'stream time' }]

  producer.beginTransaction()
  await sendTo(producer, topic, 0, 'zombie')
  expect(await outcome(producer.sendOffsets(offsets, old))).toMatchObject({ code: 'FAUST_GENERATION_STALE' })
  expect(await outcome(producer.commitTransaction())).toMatchObject({ code: 'FAUST_TRANSACTION_ABORTABLE' })
  await producer.abortTransaction()

  producer.beginTransaction()
  const stranger = { ...now, memberId: 'nobody' }
  expect(await outcome(producer.sendOffsets(offsets, stranger))).toMatchObject({ code: 'FAUST_MEMBER_UNKNOWN' })
  await producer.abortTransaction()

  producer.beginTransaction()
  await sendTo(producer, topic, 0, 'mine')
  expect(await outcome(producer.sendOffsets(offsets, old))).toMatchObject({ code: 'FAUST_GENERATION_STALE' })
  await producer.sendOffsets(offsets, now)
  await producer.commitTransaction()
  expect(await kafka.read(topic)).toEqual(['mine'])
  const places = [{ topic: source, partition: 0 }]
  const [stored] = await kafka.admin.committedOffsets(group, places, { requireStable: true })
  expect(stored).toMatchObject({ offset: 5, metadata: 'stream time' })
})

test('an open transaction is ended by init and by close, without waiting for its time-out', async () => {
  await using kafka = await connect()
  const topic = await kafka.topic()
  const producer = await kafka.producer({ transactionalId: unique(), transactionTimeout: 60_000 })
  producer.beginTransaction()
  await sendTo(producer, topic, 0, 'left open')
  await producer.init()
  producer.beginTransaction()
  await sendTo(producer, topic, 0, 'kept')
  await producer.commitTransaction()
  producer.beginTransaction()
  await sendTo(producer, topic, 0, 'left open too')
  await producer.close()
  expect(await kafka.read(topic)).toEqual(['kept'])
})

test('what lies beyond transaction.max.timeout.ms is a setting to mend', async () => {
  await using kafka = await connect()
  const refused = kafka.producer({ transactionalId: unique(), transactionTimeout: 24 * 3_600_000 })
  expect(await outcome(refused)).toMatchObject({ code: 'FAUST_SETTING_INVALID' })
})
