import { expect, test } from 'vitest'
import { createEmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import { embeddedTransport } from '../../../src/transport/embedded/embedded-transport.ts'
import { temporaryDirectory } from './support/directory.ts'
import { fixture, record, SILENT, valuesIn } from './support/fixture.ts'
import { manualClock } from './support/manual-clock.ts'
import { member } from './support/member.ts'

const IN = [{ topic: 'in', partition: 0 }]

test('a transport makes a log of its own, closes it, and says what it can', async () => {
  const clock = manualClock()
  const transport = embeddedTransport({ partitions: 3 })
  expect(() => transport.admin).toThrow(expect.objectContaining({ code: 'FAUST_NOT_STARTED' }))
  expect(transport.supports).toEqual({
    durable: false,
    transactions: true,
    cooperative: true,
    staticMembership: true,
    deleteRecords: true,
  })
  await transport.start({ app: 'test', clock, logger: SILENT })
  const [topic] = await transport.admin.declareTopics([{ name: 'in' }])
  expect(topic).toMatchObject({ name: 'in', partitions: 3, created: true })
  const consumer = member(transport, { topics: ['in'] })
  await clock.until(consumer.consumer.start())
  await clock.until(transport.close())
  await transport.close()
  expect(clock.pending).toBe(0)
  expect(() => transport.producer()).toThrow(expect.objectContaining({ code: 'FAUST_CLOSED' }))
  await embeddedTransport().close()
})

test('with a directory it is durable, and a held or impossible directory is told at the start', async () => {
  const directory = temporaryDirectory()
  const context = { app: 'test', clock: manualClock(), logger: SILENT }
  const transport = embeddedTransport({ directory })
  expect(transport.supports.durable).toBe(true)
  await transport.start(context)
  await expect(embeddedTransport({ directory }).start(context)).rejects.toMatchObject({ code: 'FAUST_LOG_DIRECTORY' })
  const both = embeddedTransport({ directory, log: createEmbeddedLog() })
  await expect(both.start(context)).rejects.toMatchObject({ code: 'FAUST_SETTING_INVALID' })
  await transport.close()
  const again = embeddedTransport({ directory })
  await again.start(context)
  await again.close()
})

test('a given log is closed by its owner, who may do so first', async () => {
  const { clock, log, worker } = fixture()
  const transport = await worker()
  await transport.admin.declareTopics([{ name: 'in' }])
  const one = member(transport, { topics: ['in'] })
  await clock.until(one.consumer.start())
  await log.close()
  await log.close()
  await clock.advance(5000)
  await expect(transport.admin.describeTopics()).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
  await clock.until(transport.close())
  expect(clock.pending).toBe(0)
})

test('kill stops everything at once: nothing is left, committed or aborted, and no hook is called', async () => {
  const { clock, log, worker } = fixture()
  const [dying, living] = [await worker(), await worker()]
  await dying.admin.declareTopics([{ name: 'in', partitions: 1 }])
  const producer = dying.producer({ transactionalId: 'p' })
  await producer.init()
  producer.beginTransaction()
  await producer.send('in', 0, [record('k', 'open')])
  const one = member(dying, { topics: ['in'] })
  await clock.until(one.consumer.start())
  const diary = [...one.diary]
  const poll = one.consumer.poll({ maxWait: 60_000 })
  const late = one.consumer.poll({ maxWait: 60_000 })
  poll.catch(() => {})
  dying.kill()
  await Promise.allSettled([poll, late])
  await expect(producer.send('in', 0, [record('k', 'v')])).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
  await expect(producer.commitTransaction()).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
  await expect(one.consumer.commit([])).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
  await dying.close()
  expect(one.diary).toEqual(diary)
  expect(log.describeGroups(['group'])[0]?.members).toHaveLength(1)
  expect(log.describeTransactions(['p'])[0]?.state).toBe('ongoing')
  // The group finds out by the session, the transaction by its time-out.
  const two = member(living, { topics: ['in'] })
  const started = two.consumer.start()
  await clock.advance(9_000)
  expect(two.holds).toEqual([])
  await clock.advance(3_000)
  await started
  expect(two.holds).toEqual(['in-0'])
  await clock.advance(20_000)
  expect(log.describeTransactions(['p'])[0]?.state).toBe('complete-abort')
  await clock.until(living.close())
  expect(clock.pending).toBe(1)
  await log.close()
  expect(clock.pending).toBe(0)
})

test('a poll wakes when records come, when the log start moves below it and when its signal fires', async () => {
  const { clock, worker } = fixture()
  const transport = await worker()
  await transport.admin.declareTopics([{ name: 'in', partitions: 1 }])
  const producer = transport.producer()
  await producer.init()
  const reader = transport.reader({ isolation: 'read-committed' })
  expect(await reader.assign([{ topic: 'in', partition: 0, offset: 0 }])).toEqual([
    { topic: 'in', partition: 0, offset: 0, logStart: 0, end: 0 },
  ])
  const first = reader.poll({ maxWait: 60_000 })
  await producer.send('in', 0, [record('k', '1')])
  expect(valuesIn(await first)).toEqual(['1'])
  const controller = new AbortController()
  const second = reader.poll({ maxWait: 60_000, signal: controller.signal })
  await clock.settle()
  controller.abort()
  expect(await second).toEqual([])
  const third = reader.poll({ maxWait: 1000 })
  await clock.advance(1000)
  expect(await third).toEqual([])
  expect(clock.pending).toBe(0)
  await transport.close()
})

test('a reader is told of a topic that was deleted, made again, or whose records are gone', async () => {
  const { worker } = fixture()
  const transport = await worker()
  const { admin } = transport
  await admin.declareTopics([
    { name: 'in', partitions: 1 },
    { name: 'other', partitions: 1 },
  ])
  const producer = transport.producer()
  await producer.init()
  const fill = () => producer.send('in', 0, [record('k', '1'), record('k', '2'), record('k', '3')])
  await fill()
  await producer.send('other', 0, [record('k', 'served')])
  const reader = transport.reader({ isolation: 'read-uncommitted' })
  await reader.assign([
    { topic: 'in', partition: 0, offset: 1 },
    { topic: 'other', partition: 0, offset: 0 },
  ])
  await admin.deleteRecords([{ topic: 'in', partition: 0, offset: 2 }])
  const poll = () => reader.poll({ maxWait: 0 })
  // The other partition is served first, then the error is told, again and again.
  expect(valuesIn(await poll())).toEqual(['served'])
  const out = {
    code: 'FAUST_OFFSET_OUT_OF_RANGE',
    details: { topic: 'in', partition: 0, offset: 1, logStart: 2, logEnd: 3 },
  }
  await expect(poll()).rejects.toMatchObject(out)
  await producer.send('other', 0, [record('k', 'again')])
  expect(valuesIn(await poll())).toEqual(['again'])
  await expect(poll()).rejects.toMatchObject(out)
  reader.pause(IN)
  expect(await poll()).toEqual([])
  reader.resume(IN)
  await expect(poll()).rejects.toMatchObject(out)
  await reader.assign([{ topic: 'in', partition: 0, offset: 2 }])
  expect(valuesIn(await poll())).toEqual(['3'])
  await admin.deleteTopics(['in'])
  await expect(poll()).rejects.toMatchObject({ code: 'FAUST_TOPIC_MISSING' })
  reader.unassign(IN)
  await admin.declareTopics([{ name: 'in', partitions: 1 }])
  await fill()
  await reader.assign([{ topic: 'in', partition: 0, offset: 0 }])
  await admin.deleteTopics(['in'])
  await admin.declareTopics([{ name: 'in', partitions: 1 }])
  await fill()
  await fill()
  await expect(poll()).rejects.toMatchObject({ code: 'FAUST_TOPIC_RECREATED' })
  await expect(reader.assign([{ topic: 'in', partition: 7, offset: 0 }])).rejects.toMatchObject({
    code: 'FAUST_PARTITION_UNKNOWN',
  })
  await expect(reader.assign([{ topic: 'nope', partition: 0, offset: 0 }])).rejects.toMatchObject({
    code: 'FAUST_TOPIC_MISSING',
  })
  await transport.close()
})

test('bounds of an answer let every partition have a record, and the order takes turns', async () => {
  const { worker } = fixture()
  const transport = await worker()
  await transport.admin.declareTopics([{ name: 'in', partitions: 3 }])
  const producer = transport.producer()
  await producer.init()
  for (const partition of [0, 1, 2]) {
    const records = Array.from({ length: 10 }, (_, index) => record(null, `${partition}${index}`))
    await producer.send('in', partition, records)
  }
  const reader = transport.reader({ isolation: 'read-uncommitted' })
  await reader.assign([0, 1, 2].map((partition) => ({ topic: 'in', partition, offset: 0 })))
  const shape = async () =>
    (await reader.poll({ maxWait: 0, maxRecords: 4 })).map(({ partition, records }) => [partition, records.length])
  expect(await shape()).toEqual([
    [0, 4],
    [1, 1],
    [2, 1],
  ])
  expect(await shape()).toEqual([
    [1, 4],
    [2, 1],
    [0, 1],
  ])
  const bytes = (await reader.poll({ maxWait: 0, maxBytes: 4 })).map(({ records }) => records.length)
  expect(bytes).toEqual([2, 1, 1])
  const all: (string | null)[] = []
  for (
    let batches = await reader.poll({ maxWait: 0 });
    batches.length > 0;
    batches = await reader.poll({ maxWait: 0 })
  ) {
    all.push(...valuesIn(batches))
  }
  expect(all).toHaveLength(30 - 6 - 6 - 4)
  await transport.close()
})

test('topics are refused with what is wrong about them', async () => {
  const { worker } = fixture()
  const { admin } = await worker()
  const declare = (name: string, more = {}) => admin.declareTopics([{ name, ...more }])
  await expect(declare('no spaces')).rejects.toMatchObject({ code: 'FAUST_NAME_INVALID' })
  await expect(declare('..')).rejects.toMatchObject({ code: 'FAUST_NAME_INVALID' })
  await expect(declare('none', { partitions: 0 })).rejects.toMatchObject({ code: 'FAUST_SETTING_INVALID' })
  await expect(declare('odd', { config: { 'cleanup.policy': 'shred' } })).rejects.toThrow(/cleanup\.policy/)
  await expect(declare('odd', { config: { 'retention.ms': 'long' } })).rejects.toThrow(/retention\.ms/)
  await expect(declare('odd', { config: { 'retention.millis': '1' } })).rejects.toThrow(/retention\.millis/)
  const [made] = await declare('fine', { config: { 'segment.ms': '5', 'retention.ms': '-1' } })
  expect(made?.config).toMatchObject({ 'segment.ms': '5', 'retention.ms': '-1', 'max.message.bytes': '1048588' })
  expect((await admin.describeTopics()).map(({ name }) => name)).toEqual(['fine'])
})

test('offsets in a transaction are waited for, and given up after a while', async () => {
  const { clock, worker } = fixture()
  const transport = await worker()
  await transport.admin.declareTopics([{ name: 'in', partitions: 1 }])
  const producer = transport.producer({ transactionalId: 'p', transactionTimeout: 60_000 })
  await producer.init()
  const anonymous = { group: 'g', memberId: '', generation: -1 }
  producer.beginTransaction()
  await producer.sendOffsets([{ topic: 'in', partition: 0, offset: 7, metadata: 'm' }], anonymous)
  const read = (requireStable: boolean) => transport.admin.committedOffsets('g', IN, { requireStable })
  expect((await read(false))[0]?.offset).toBeNull()
  await expect(clock.until(read(true), 6000)).rejects.toMatchObject({ code: 'FAUST_OFFSETS_UNSTABLE', retriable: true })
  const waiting = read(true)
  await producer.commitTransaction()
  expect((await clock.until(waiting))[0]).toMatchObject({ offset: 7, metadata: 'm' })
  await clock.until(transport.close())
})
