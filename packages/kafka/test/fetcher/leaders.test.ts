import { FaustError } from '@faust/core'
import { expect, test } from 'vitest'
import { reading, rejection, values } from './support/reading.ts'

const lost = (): FaustError => new FaustError('FAUST_TRANSPORT_UNAVAILABLE', 'lost', { retriable: true })

test('a lost connection is tried again with back-off, in a full session, after a look at metadata', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  await assign('t', 0, 0)
  expect(values(await poll())).toEqual(['a'])
  let losses = 0
  fake.intercept = () => (losses++ < 4 ? Promise.reject(lost()) : undefined)
  const known = fake.refreshes
  log!.send('b')
  const begin = fake.clock.monotonic()
  expect(values(await poll({ maxWait: 60_000 }))).toEqual(['b'])
  expect(fake.clock.monotonic() - begin).toBeGreaterThan(1000)
  expect(fake.refreshes).toBe(known + 4)
  expect(fake.fetches().at(-2)?.sessionEpoch).toBe(0)
})

test('a lost connection with nobody waiting is not tried again until somebody polls', async () => {
  const { fake, assign, poll } = reading()
  fake.topic('t')
  await assign('t', 0, 0)
  fake.intercept = () => Promise.reject(lost())
  expect(await poll({ maxWait: 50 })).toEqual([])
  await fake.clock.runUntilIdle()
  expect(fake.sent.map(({ api }) => api)).toEqual(['ListOffsets', 'ListOffsets', 'Metadata'])
})

test('a topic made again during an outage is not read on', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  await assign('t', 0, 0)
  await poll()
  let losses = 0
  fake.intercept = ({ api }) => (api === 'Fetch' && losses++ < 1 ? Promise.reject(lost()) : undefined)
  log!.send('b', 'c')
  fake.ids.set('t', 'another')
  expect(await rejection(poll())).toMatchObject({ code: 'FAUST_TOPIC_RECREATED' })
})

test('what no other try can help is told once, and tried again all the same', async () => {
  const { fake, assign, poll } = reading()
  fake.topic('t')[0]!.send('a')
  await assign('t', 0, 0)
  let refusals = 0
  fake.intercept = () => {
    return refusals++ < 1 ? Promise.reject(new FaustError('FAUST_NOT_AUTHORIZED', 'wrong password')) : undefined
  }
  expect(await rejection(poll())).toMatchObject({ code: 'FAUST_NOT_AUTHORIZED' })
  expect(values(await poll({ maxWait: 5000 }))).toEqual(['a'])
})

test('a closed connection ends it for good; so does the group, with its own error', async () => {
  const { fake, fetcher, assign, poll } = reading()
  fake.topic('t')
  await assign('t', 0, 0)
  fake.intercept = () => Promise.reject(new FaustError('FAUST_CLOSED', 'closed'))
  for (let i = 0; i < 2; i++) expect(await rejection(poll())).toMatchObject({ code: 'FAUST_CLOSED' })
  const other = reading()
  other.fake.clock.setTimeout(() => other.fetcher.fail(new FaustError('FAUST_INSTANCE_FENCED', 'newer')), 20)
  for (let i = 0; i < 2; i++) expect(await rejection(other.poll())).toMatchObject({ code: 'FAUST_INSTANCE_FENCED' })
  await fetcher.close()
})

test.each([70, 71])('session error %i starts a full one at once', async (error) => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  await assign('t', 0, 0)
  await poll()
  await fake.clock.runUntilIdle()
  let times = 0
  if (error === 70) fake.dropSessions()
  else fake.change = (answer) => (times++ === 0 ? { ...answer, error, sessionId: 0, partitions: [] } : answer)
  log!.send('b')
  const begin = fake.clock.monotonic()
  expect(values(await poll())).toEqual(['b'])
  expect(fake.clock.monotonic() - begin).toBeLessThan(10)
  expect(fake.fetches().at(-2)?.sessionEpoch).toBe(0)
})

test('a broker that always refuses the session makes no hot loop', async () => {
  const { fake, assign, poll } = reading()
  fake.topic('t')
  await assign('t', 0, 0)
  const refusal = { throttleTime: 0, error: 71, sessionId: 0, partitions: [] }
  fake.intercept = ({ api }) => (api === 'Fetch' ? Promise.resolve(refusal) : undefined)
  expect(await poll({ maxWait: 10_000 })).toEqual([])
  expect(fake.fetches().length).toBeLessThan(20)
})

test('a partition missing from an incremental answer keeps its end', async () => {
  const { fake, assign, poll } = reading()
  const [first, second] = fake.topic('t', 2)
  first!.send('a', 'b')
  second!.send('x')
  await assign('t', 0, 0)
  await assign('t', 1, 0)
  const found = [...(await poll({ maxRecords: 1 })), ...(await poll()), ...(await poll({ maxWait: 300 }))]
  expect(values(found)).toHaveLength(3)
  for (const { topic, partition, highWatermark } of found) {
    expect([topic, highWatermark]).toEqual(['t', partition === 0 ? 2 : 1])
  }
})

test('without room for a session the order of partitions rotates', async () => {
  const { fake, assign, poll } = reading()
  fake.room = 0
  const logs = fake.topic('t', 3)
  for (const partition of [0, 1, 2]) await assign('t', partition, 0)
  for (let i = 0; i < 4; i++) {
    logs[i % 3]!.send(`v${i}`)
    await poll()
    await poll({ maxWait: 200 })
  }
  const firsts = fake.fetches().map(({ partitions }) => partitions[0]?.partition)
  expect(new Set(firsts)).toEqual(new Set([0, 1, 2]))
  expect(fake.fetches().every(({ sessionEpoch, sessionId }) => sessionEpoch === 0 && sessionId === 0)).toBe(true)
})

test('a new leader is asked at once, in a session of its own', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  await assign('t', 0, 0)
  await poll()
  log!.epochEnds.set(0, 1)
  log!.leader = 2
  log!.epoch = 1
  log!.send('b')
  const begin = fake.clock.monotonic()
  expect(values(await poll())).toEqual(['b'])
  expect(fake.clock.monotonic() - begin).toBeLessThan(110)
  const last = fake.sent.at(-1)
  expect(last?.node).toBe(2)
})

test('after a change of epoch the place is compared first', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  await assign('t', 0, 0)
  await poll()
  await fake.clock.runUntilIdle()
  log!.epoch = 1
  log!.epochEnds.set(0, 1)
  fake.publish()
  log!.send('b')
  const before = fake.sent.length
  expect(values(await poll())).toEqual(['b'])
  expect(fake.sent.slice(before, before + 2).map(({ api }) => api)).toEqual(['OffsetForLeaderEpoch', 'Fetch'])
  expect(fake.sent[before]?.request).toEqual({
    partitions: [{ topic: 't', partition: 0, currentLeaderEpoch: 1, leaderEpoch: 0 }],
  })
})

test('a committed epoch is compared before the first fetch; a place without one is not', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.epoch = 5
  log!.send('a', 'b')
  log!.epochEnds.set(3, 0)
  await assign('t', 0, 1, 3)
  expect(await rejection(poll())).toMatchObject({
    code: 'FAUST_OFFSET_OUT_OF_RANGE',
    offset: 1,
    logStart: 0,
    logEnd: 2,
  })
  await assign('t', 0, 1)
  const before = fake.sent.length
  expect(values(await poll())).toEqual(['b'])
  expect(fake.sent.slice(before).map(({ api }) => api)).not.toContain('OffsetForLeaderEpoch')
})

test('what a new leader has cut off is the out-of-range case', async () => {
  const { fake, fetcher, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  log!.send('b')
  await assign('t', 0, 0)
  await poll()
  await fake.clock.runUntilIdle()
  log!.truncate(1)
  log!.epoch = 1
  log!.epochEnds.set(0, 1)
  log!.send('other b', 'other c', 'other d')
  fake.publish()
  const facts = { topic: 't', partition: 0, offset: 2, logStart: 0, logEnd: 4 }
  expect(await rejection(poll())).toMatchObject({ code: 'FAUST_OFFSET_OUT_OF_RANGE', ...facts })
  fetcher.seek({ topic: 't', partition: 0 }, 1)
  expect(values(await poll())).toEqual(['other b', 'other c', 'other d'])
})

test('an epoch the new leader does not know is the out-of-range case', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  await assign('t', 0, 1, 9)
  const error = await rejection(poll())
  expect(error).toMatchObject({ code: 'FAUST_OFFSET_OUT_OF_RANGE', offset: 1, logEnd: 1 })
})

test('partitions without a leader wait with back-off and starve no others', async () => {
  const { fake, assign, poll } = reading()
  const [first, second] = fake.topic('t', 2)
  await assign('t', 0, 0)
  await assign('t', 1, 0)
  first!.leader = -1
  fake.publish()
  first!.send('late')
  for (let i = 0; i < 5; i++) {
    second!.send(`b${i}`)
    const begin = fake.clock.monotonic()
    expect(values(await poll())).toEqual([`b${i}`])
    expect(fake.clock.monotonic() - begin).toBeLessThan(110)
  }
  const before = fake.refreshes
  expect(await poll({ maxWait: 20_000 })).toEqual([])
  expect(fake.refreshes - before).toBeLessThan(40)
  first!.leader = 2
  expect(values(await poll({ maxWait: 20_000 }))).toEqual(['late'])
})

test('limits of an answer starve no partition', async () => {
  const { fake, assign, poll } = reading()
  const logs = fake.topic('t', 3)
  const value = 'x'.repeat(1_000_000)
  for (const [partition, log] of logs.entries()) {
    for (let i = 0; i < 4; i++) log.send(value)
    await assign('t', partition, 0)
  }
  const next = [0, 0, 0]
  for (let i = 0; i < 100 && next.some((each) => each < 4); i++) {
    for (const { partition, nextOffset } of await poll({ maxBytes: 10 })) next[partition] = nextOffset
  }
  expect(next).toEqual([4, 4, 4])
  const asked = fake.fetches().flatMap(({ partitions }) => partitions)
  expect(asked.every(({ maxBytes }) => maxBytes === 1024 * 1024)).toBe(true)
})
