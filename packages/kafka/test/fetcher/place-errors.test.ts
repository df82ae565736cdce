import { expect, test } from 'vitest'
import { batch, record, resealed } from '../support/batches.ts'
import { FakeLog } from './support/fake-log.ts'
import { reading, rejection, values } from './support/reading.ts'

const place = { topic: 't', partition: 0 }

test.each([
  [2, 'before the log start'],
  [50, 'beyond the log end'],
])('offset %i, %s, is told until it is sought; others are served in between', async (offset) => {
  const { fake, fetcher, assign, poll } = reading()
  const [log, other] = fake.topic('t', 2)
  log!.send('a', 'b', 'c', 'd', 'e', 'f')
  log!.logStart = 4
  other!.send('x')
  await assign('t', 0, offset)
  await assign('t', 1, 0)
  const told: unknown[] = []
  const found: unknown[] = []
  for (let i = 0; i < 6; i++) {
    await poll({ maxWait: 50 }).then(
      (batches) => found.push(...values(batches)),
      (error: { code: string; details: object }) => told.push({ code: error.code, ...error.details }),
    )
  }
  expect(found).toEqual(['x'])
  const facts = { topic: 't', partition: 0, offset, logStart: 4, logEnd: 6 }
  expect(told.length).toBeGreaterThan(2)
  for (const each of told) expect(each).toMatchObject({ code: 'FAUST_OFFSET_OUT_OF_RANGE', ...facts })
  fetcher.pause([place])
  expect(await poll({ maxWait: 300 })).toEqual([])
  fetcher.resume([place])
  expect(await rejection(poll())).toMatchObject({ code: 'FAUST_OFFSET_OUT_OF_RANGE', ...facts })
  fetcher.seek(place, 4)
  expect(values(await poll())).toEqual(['e', 'f'])
})

test('a failing partition allows no hot loop', async () => {
  const { fake, assign, poll } = reading()
  fake.topic('t')
  await assign('t', 0, 50)
  const begin = fake.clock.monotonic()
  for (let i = 0; i < 20; i++) await poll().catch(() => {})
  expect(fake.clock.monotonic() - begin).toBeGreaterThan(900)
  expect(fake.sent.length).toBeLessThan(20)
})

test('the log end is an offset to read from', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  await assign('t', 0, 1)
  expect(await poll({ maxWait: 300 })).toEqual([])
})

test('a range that fits by the time it is looked at is no error', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  log!.error = 1
  await assign('t', 0, 0)
  fake.clock.setTimeout(() => void (log!.error = 0), 3)
  expect(values(await poll())).toEqual(['a'])
})

test('a topic that was made again ends with an error, also when it is long enough; then it is sought', async () => {
  const { fake, fetcher, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('old')
  await assign('t', 0, 0)
  await poll()
  const again = new FakeLog()
  again.onAppend = () => fake.wake()
  again.send('new 0', 'new 1', 'new 2')
  fake.ids.set('t', 'another')
  fake.logs.set('t 0', again)
  fake.publish()
  const facts = { code: 'FAUST_TOPIC_RECREATED', topic: 't', partition: 0, offset: 1, logStart: 0, logEnd: 3 }
  expect(await rejection(poll())).toMatchObject(facts)
  fetcher.pause([place])
  fetcher.resume([place])
  expect(await rejection(poll())).toMatchObject(facts)
  fetcher.seek(place, 0)
  expect(values(await poll())).toEqual(['new 0', 'new 1', 'new 2'])
})

test('an offset that is sought before the error was told is of the old topic', async () => {
  const { fake, fetcher, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('old', 'old')
  await assign('t', 0, 0)
  await poll()
  fake.ids.set('t', 'another')
  fake.publish()
  fetcher.seek(place, 1)
  expect(await rejection(poll())).toMatchObject({ code: 'FAUST_TOPIC_RECREATED' })
})

test('an end that went back is looked into before what came with it is believed', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('0', '1', '2', '3', '4')
  await assign('t', 0, 0)
  expect(values(await poll({ maxRecords: 1 }))).toEqual(['0'])
  expect(values(await poll())).toEqual(['1', '2', '3', '4'])
  const again = new FakeLog()
  for (let i = 0; i < 5; i++) again.send(`new ${i}`)
  again.highWatermark = 4
  fake.ids.set('t', 'another')
  fake.logs.set('t 0', again)
  fake.dropSessions()
  expect(await rejection(poll())).toMatchObject({ code: 'FAUST_TOPIC_RECREATED' })
})

test('a deleted topic is a bounded error for readers, and no hot loop', async () => {
  const { fake, assign, poll } = reading()
  fake.topic('t')
  fake.topic('kept')[0]!.send('x')
  await assign('t', 0, 0)
  await assign('kept', 0, 0)
  await poll()
  fake.deleteTopic('t')
  const begin = fake.sent.length
  expect(await rejection(poll({ maxWait: 10_000 }))).toMatchObject({
    code: 'FAUST_TOPIC_MISSING',
    topic: 't',
    partition: 0,
  })
  expect(fake.sent.length - begin).toBeLessThan(10)
})

test('a group waits in silence for a deleted topic, and the others go on', async () => {
  const { fake, assign, poll } = reading({ onMissing: 'wait' })
  fake.topic('t')
  const [kept] = fake.topic('kept')
  await assign('t', 0, 0)
  await assign('kept', 0, 0)
  fake.deleteTopic('t')
  for (let i = 0; i < 5; i++) {
    kept!.send(`x${i}`)
    expect(values(await poll())).toEqual([`x${i}`])
  }
  const before = fake.refreshes
  const begin = fake.clock.monotonic()
  expect(await poll({ maxWait: 20_000 })).toEqual([])
  expect(fake.clock.monotonic() - begin).toBe(20_000)
  expect(fake.refreshes - before).toBeLessThan(40)
})

test('a refusal that stays is told with place and reason', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.error = 29
  await assign('t', 0, 0)
  expect(await rejection(poll())).toMatchObject({ code: 'FAUST_NOT_AUTHORIZED', topic: 't', partition: 0, offset: 0 })
})

test('damage on the way is fetched again, damage in the log is told', async () => {
  const { fake, fetcher, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  const damaged = batch([record(null, 'b')], { baseOffset: 1 })
  damaged[damaged.length - 2]! ^= 1
  let times = 0
  fake.change = (answer) => {
    times++
    const partitions = answer.partitions.map((each) => {
      if (times > 1 || each.records === null) return each
      const records = each.records.slice()
      records[records.length - 2]! ^= 1
      return { ...each, records }
    })
    return { ...answer, partitions }
  }
  await assign('t', 0, 0)
  expect(values(await poll())).toEqual(['a'])
  log!.raw(damaged)
  // Nobody is to ask again by himself.
  const facts = { code: 'FAUST_ANSWER_INVALID', retriable: false, topic: 't', partition: 0, offset: 1 }
  expect(await rejection(poll())).toMatchObject(facts)
  expect(await rejection(poll())).toMatchObject(facts)
  log!.send('c')
  fetcher.seek(place, 2)
  expect(values(await poll())).toEqual(['c'])
})

test('formats of before Kafka 0.11 are told with topic, partition and offset', async () => {
  for (const magic of [0, 1]) {
    const { fake, assign, poll } = reading()
    const [log] = fake.topic('t')
    const old = batch([record(null, 'b')])
    old[16] = magic
    log!.raw(old)
    await assign('t', 0, 0)
    const error = await rejection(poll())
    expect(error).toMatchObject({ code: 'FAUST_NOT_SUPPORTED', topic: 't', partition: 0, offset: 0 })
  }
})

test('a record that cannot be represented carries an error, and the position moves on', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  const odd = batch([record(null, 'b')])
  // A base timestamp beyond the safe integers.
  odd.set([0x7f, 0xff], 27)
  log!.raw(resealed(odd))
  log!.send('c')
  await assign('t', 0, 0)
  const [found] = await poll()
  expect([values([found!]), found?.nextOffset]).toEqual([['FAUST_DECODE', 'c'], 2])
})
