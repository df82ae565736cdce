import { expect, test } from 'vitest'
import { record, batch } from '../support/batches.ts'
import { bytes } from '../support/bytes.ts'
import { reading, rejection, values } from './support/reading.ts'

test('assign tells log start and high watermark in the order asked, whatever the isolation', async () => {
  const { fake, fetcher } = reading({ isolation: 'read-committed' })
  const [a, b] = fake.topic('t', 2)
  a!.send('a', 'b')
  a!.lastStable = 1
  b!.logStart = 3
  b!.end = 9
  const from = [
    { topic: 't', partition: 1, offset: 4 },
    { topic: 't', partition: 0, offset: 0 },
  ]
  expect(await fake.clock.run(() => fetcher.assign(from))).toEqual([
    { topic: 't', partition: 1, offset: 4, logStart: 3, end: 9 },
    { topic: 't', partition: 0, offset: 0, logStart: 0, end: 2 },
  ])
  expect(fake.tracked).toEqual(['t'])
  expect(await rejection(fetcher.assign([{ topic: 'gone', partition: 0, offset: 0 }]))).toMatchObject({
    code: 'FAUST_TOPIC_MISSING',
  })
})

test('one fetch on one lane per leader, with an empty rack; nothing is fetched where nobody polls', async () => {
  const { fake, assign, poll } = reading()
  const [a, b] = fake.topic('t', 2)
  b!.leader = 2
  fake.publish()
  a!.send('a')
  b!.send('b')
  await assign('t', 0, 0)
  await assign('t', 1, 0)
  await fake.clock.advance(10_000)
  expect(fake.fetches()).toEqual([])
  const found = [...(await poll()), ...(await poll())]
  expect(new Set(values(found))).toEqual(new Set(['a', 'b']))
  const fetches = fake.sent.filter(({ api }) => api === 'Fetch')
  expect(new Set(fetches.map(({ lane }) => lane))).toEqual(new Set(['fetch-test']))
  expect(new Set(fetches.map(({ node }) => node))).toEqual(new Set([1, 2]))
  expect(new Set(fake.fetches().map(({ rack }) => rack))).toEqual(new Set(['']))
  await fake.clock.runUntilIdle()
  const count = fake.fetches().length
  await fake.clock.advance(60_000)
  expect(fake.fetches()).toHaveLength(count)
})

test('while one answer is handed over the next is on its way', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  log!.send('a')
  await assign('t', 0, 0)
  expect(values(await poll())).toEqual(['a'])
  log!.send('b')
  await fake.clock.settle()
  await fake.clock.advance(50)
  log!.send('c')
  await fake.clock.advance(500)
  const sent = fake.fetches().length
  expect(values(await poll({ maxWait: 0 }))).toEqual(['b'])
  await fake.clock.advance(500)
  expect(fake.fetches()).toHaveLength(sent + 1)
  expect(values(await poll({ maxWait: 0 }))).toEqual(['c'])
})

test('a wait ends with records, with maxWait, with the signal and with close', async () => {
  const { fake, fetcher, assign, poll } = reading()
  const [log] = fake.topic('t')
  expect(await poll({ maxWait: 0 })).toEqual([])
  await assign('t', 0, 0)
  let begin = fake.clock.monotonic()
  expect(await poll({ maxWait: 150 })).toEqual([])
  expect(fake.clock.monotonic() - begin).toBe(150)
  begin = fake.clock.monotonic()
  fake.clock.setTimeout(() => log!.send('late'), 300)
  expect(values(await poll({ maxWait: 60_000 }))).toEqual(['late'])
  expect(fake.clock.monotonic() - begin).toBeLessThan(310)
  const controller = new AbortController()
  begin = fake.clock.monotonic()
  fake.clock.setTimeout(() => controller.abort(), 20)
  expect(await poll({ maxWait: 60_000, signal: controller.signal })).toEqual([])
  expect(await poll({ maxWait: 60_000, signal: controller.signal })).toEqual([])
  expect(fake.clock.monotonic() - begin).toBe(20)
  fake.clock.setTimeout(() => void fetcher.close(), 30)
  expect(await poll({ maxWait: 60_000 })).toEqual([])
  await Promise.all([fetcher.close(), fetcher.close()])
  expect(await rejection(fetcher.poll({ maxWait: 0 }))).toMatchObject({ code: 'FAUST_CLOSED' })
  expect(await rejection(fetcher.assign([]))).toMatchObject({ code: 'FAUST_CLOSED' })
  expect(fake.closedLanes).toEqual(['fetch-test'])
  expect(fake.tracked).toEqual([])
  await fake.clock.runUntilIdle()
})

test('maxRecords and maxBytes cut batches, lose nothing, and give each partition its turn', async () => {
  const { fake, assign, poll } = reading()
  const logs = fake.topic('t', 3)
  for (const [partition, log] of logs.entries()) {
    log.send(...Array.from({ length: 10 }, (_, i) => `${partition}-${i}`))
    log.send(...Array.from({ length: 10 }, (_, i) => `${partition}-${i + 10}`))
    await assign('t', partition, 0)
  }
  const found: (string | null)[][] = [[], [], []]
  let polls = 0
  while (found.flat().length < 60) {
    const batches = await poll(polls % 2 === 0 ? { maxRecords: 7 } : { maxBytes: 20 })
    expect(batches.length).toBeGreaterThan(0)
    expect(values(batches).length).toBeLessThanOrEqual(7)
    expect(new Set(batches.map(({ partition }) => partition)).size).toBe(batches.length)
    for (const each of batches) {
      found[each.partition]!.push(...values([each]))
      expect(each.nextOffset).toBe(found[each.partition]!.length)
    }
    if (++polls === 6) expect(found.map((each) => each.length > 0)).toEqual([true, true, true])
  }
  expect(found).toEqual([0, 1, 2].map((p) => Array.from({ length: 20 }, (_, i) => `${p}-${i}`)))
})

test('a first batch larger than every limit is taken, and at least one record', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  const value = new Uint8Array(1_500_000)
  log!.raw(
    batch([
      { ...record(null, ''), value },
      { ...record(null, ''), value },
    ]),
  )
  await assign('t', 0, 0)
  for (const offset of [0, 1]) {
    const [first] = await poll({ maxBytes: 10 })
    expect(Array.from(first!.records, (each) => each.offset)).toEqual([offset])
    expect(first?.bytes).toBe(1_500_000)
  }
})

test('a partial last batch is left for the next fetch', async () => {
  const { fake, assign, poll } = reading()
  const [log] = fake.topic('t')
  const value = bytes('x'.repeat(700_000))
  for (let i = 0; i < 4; i++) log!.raw(batch([{ ...record(null, ''), value }], { baseOffset: i }))
  await assign('t', 0, 0)
  const offsets: number[] = []
  while (offsets.length < 4)
    offsets.push(...(await poll()).flatMap(({ records }) => Array.from(records, (each) => each.offset)))
  expect(offsets).toEqual([0, 1, 2, 3])
  await fake.clock.runUntilIdle()
  expect(fake.fetches().flatMap(({ partitions }) => partitions.map(({ offset }) => offset))).toEqual([0, 1, 2, 3, 4])
})

test('empty batches and control records move the position, and a batch tells', async () => {
  const { fake, assign, poll } = reading({ isolation: 'read-committed' })
  const [log] = fake.topic('t')
  log!.raw(batch([], { baseOffset: 0, lastOffsetDelta: 6 }))
  await assign('t', 0, 0)
  const [empty] = await poll()
  expect(empty).toMatchObject({ records: [], nextOffset: 7, highWatermark: 7, bytes: 0 })
  const producer = { producerId: 4n, producerEpoch: 0, baseSequence: 0, transactional: true }
  log!.append(['gone'], producer)
  log!.marker('abort', 4n)
  log!.aborted = [{ producerId: 4n, firstOffset: 7 }]
  const [aborted] = await poll()
  expect(aborted).toMatchObject({ records: [], nextOffset: 9, highWatermark: 9, leaderEpoch: 0 })
  log!.aborted = []
  log!.append(['kept'], producer)
  log!.marker('commit', 4n)
  const [kept] = await poll()
  expect([values([kept!]), kept?.nextOffset]).toEqual([['kept'], 11])
})

test('read-uncommitted hands out aborted records, read-committed none of nested transactions', async () => {
  for (const isolation of ['read-committed', 'read-uncommitted'] as const) {
    const { fake, assign, poll } = reading({ isolation })
    const [log] = fake.topic('t')
    const of = (producerId: bigint) => ({ producerId, producerEpoch: 0, baseSequence: 0, transactional: true })
    log!.append(['outer'], of(1n))
    log!.append(['inner'], of(2n))
    log!.marker('abort', 2n)
    log!.append(['outer too'], of(1n))
    log!.marker('abort', 1n)
    log!.append(['fine'], of(2n))
    log!.marker('commit', 2n)
    // In the order of the markers, not of the offsets.
    log!.aborted = [
      { producerId: 2n, firstOffset: 1 },
      { producerId: 1n, firstOffset: 0 },
    ]
    await assign('t', 0, 0)
    const found: (string | null)[] = []
    for (let next = 0; next < 7;) {
      const [first] = await poll({ maxRecords: 1 })
      found.push(...values([first!]))
      next = first!.nextOffset
    }
    const all = ['outer', 'inner', 'outer too', 'fine']
    expect(found).toEqual(isolation === 'read-committed' ? ['fine'] : all)
  }
})
