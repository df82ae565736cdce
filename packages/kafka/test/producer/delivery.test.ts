import { describe, expect, test } from 'vitest'
import { readBatchHeader } from '../../src/records/batch-header.ts'
import type { InitProducerIdRequest } from '../../src/requests/init-producer-id.ts'
import type { ProduceRequest } from '../../src/requests/produce.ts'
import { Bench, outcome, send, TOPIC } from './support/bench.ts'
import type { Fate } from './support/fake-network.ts'

const LOSSES: readonly (readonly [string, Fate])[] = [
  ['the request is lost', 'request lost'],
  ['the answer is lost', 'answer lost'],
  ['no connection can be made', 'unsent'],
  ['the answer comes too late', { slow: 31_000 }],
  ['the request arrives late', { late: 200 }],
]

const headers = (bench: Bench): ReturnType<typeof readBatchHeader>[] =>
  bench
    .requests<ProduceRequest>('Produce')
    .flatMap(({ partitions }) => partitions.map(({ records }) => readBatchHeader(records ?? new Uint8Array(0))))

describe('a batch is sent again with the same bytes, id, epoch and sequence', () => {
  test.each(LOSSES)('when %s', async (_, fate) => {
    const bench = new Bench()
    const producer = await bench.ready()
    await bench.clock.run(send(producer, 0, 'warm'))
    bench.next('Produce', fate, fate)
    const sends = ['a', 'b', 'c'].map((value) => send(producer, 0, value))
    expect(await bench.clock.run(Promise.all(sends))).toEqual([1, 2, 3])
    await bench.clock.run(send(producer, 0, 'd'))
    await bench.clock.advance(1000)
    expect(bench.broker.log(TOPIC, 0).all).toEqual(['warm', 'a', 'b', 'c', 'd'])
    const bytes = bench.requests<ProduceRequest>('Produce').map(({ partitions }) => partitions[0]?.records)
    const repeated = bytes.slice(1, -1)
    for (const each of repeated) expect(each).toEqual(repeated[0])
  })

  test.each([3, 5, 6, 7, 13, 19, 20, 56, 2])('when the leader answers error %i', async (code) => {
    const bench = new Bench()
    const producer = await bench.ready()
    bench.next('Produce', { error: code }, { error: code })
    expect(await bench.clock.run(send(producer, 0, 'a'))).toBe(0)
    expect(bench.broker.log(TOPIC, 0).all).toEqual(['a'])
    const [first, second, third] = headers(bench)
    expect([second, third]).toEqual([first, first])
  })

  test.each([7, 13, 20])('also when it had stored it, and answered %i', async (code) => {
    const bench = new Bench()
    const producer = await bench.ready()
    bench.next('Produce', { but: code }, { but: code })
    expect(await bench.clock.run(send(producer, 0, 'a', 'b'))).toBe(0)
    await bench.clock.run(send(producer, 0, 'c'))
    expect(bench.broker.log(TOPIC, 0).all).toEqual(['a', 'b', 'c'])
  })
})

test('46 means stored, without an offset', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  bench.next('Produce', { but: 46 })
  expect(await bench.clock.run(send(producer, 0, 'a', 'b'))).toBe(-1)
  expect(await bench.clock.run(send(producer, 0, 'c'))).toBe(2)
})

test('a send of several batches of which the first is known already has no offset', async () => {
  const bench = new Bench()
  const producer = await bench.ready({}, { batchSize: 100 })
  bench.next('Produce', { but: 46 })
  const values = Array.from({ length: 30 }, (_, index) => `value ${index}`)
  expect(await bench.clock.run(send(producer, 0, ...values))).toBe(-1)
  expect(bench.broker.log(TOPIC, 0).all).toEqual(values)
})

test('other partitions go on while one is sent again', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  await bench.clock.run(Promise.all([0, 2].map((partition) => send(producer, partition, 'warm'))))
  const mend = bench.always('Produce', (sent) =>
    (sent.request as ProduceRequest).partitions.some(({ partition }) => partition === 0) ? { error: 19 } : 'served',
  )
  const stuck = send(producer, 0, 'a')
  await bench.clock.advance(500)
  for (const value of ['b', 'c', 'd']) await bench.clock.run(send(producer, 2, value))
  mend()
  await bench.clock.run(stuck)
  expect(bench.broker.log(TOPIC, 2).all).toEqual(['warm', 'b', 'c', 'd'])
})

test('a leader that moves is followed', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  for (let turn = 0; turn < 6; turn++) {
    bench.broker.leaders.set(`${TOPIC} 0`, 1 + (turn % 3))
    await bench.clock.run(send(producer, 0, `v${turn}`))
  }
  bench.broker.leaders.set(`${TOPIC} 0`, -1)
  bench.cluster.stale(TOPIC)
  await bench.clock.advance(100)
  const waiting = send(producer, 0, 'v6')
  await bench.clock.advance(5000)
  bench.broker.leaders.set(`${TOPIC} 0`, 2)
  await bench.clock.run(waiting)
  expect(bench.broker.log(TOPIC, 0).all).toEqual(Array.from({ length: 7 }, (_, turn) => `v${turn}`))
})

test('a leader that is gone is looked for anew', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  await bench.clock.run(send(producer, 0, 'a'))
  bench.network.down.add(1)
  bench.broker.leaders.set(`${TOPIC} 0`, 2)
  await bench.clock.run(send(producer, 0, 'b'))
  expect(bench.clock.monotonic()).toBeLessThan(1000)
})

test('a node that is gone holds up nobody else, and its records wait for it', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  await bench.clock.run(Promise.all([0, 1].map((partition) => send(producer, partition, 'warm'))))
  bench.network.down.add(2)
  const waiting = send(producer, 1, 'later')
  await bench.clock.run(send(producer, 0, 'now'))
  await bench.clock.advance(60_000)
  bench.network.down.clear()
  expect(await bench.clock.run(waiting)).toBe(1)
})

test('sequences wrap around: 2^31 - 1 is followed by 0, also within a batch', async () => {
  const bench = new Bench()
  const producer = await bench.ready({}, { firstSequence: 2 ** 31 - 10 })
  const values = Array.from({ length: 30 }, (_, index) => `v${index}`)
  await bench.clock.run(send(producer, 0, ...values.slice(0, 7)))
  bench.next('Produce', 'answer lost', 'answer lost')
  await bench.clock.run(send(producer, 0, ...values.slice(7, 14)))
  await bench.clock.run(send(producer, 0, ...values.slice(14)))
  await bench.clock.run(
    Promise.all(['a', 'b'].map((value) => send(producer, 1, ...Array.from({ length: 5 }, () => value)))),
  )
  await bench.clock.run(send(producer, 1, 'c'))
  expect(bench.broker.log(TOPIC, 0).all).toEqual(values)
  expect(bench.broker.log(TOPIC, 0).entries.map(({ sequence }) => sequence)).toEqual([2 ** 31 - 10, 2 ** 31 - 3, 4])
  expect(bench.broker.log(TOPIC, 1).entries.map(({ sequence }) => sequence)).toEqual([2 ** 31 - 10, 0])
})

describe('giving up', () => {
  test('what was never sent is certainly not stored, and the producer goes on', async () => {
    const bench = new Bench()
    const producer = await bench.ready({}, { deliveryTimeout: 5000 })
    await bench.clock.run(send(producer, 0, 'a'))
    bench.network.down.add(1)
    const refused = await bench.clock.run(outcome(send(producer, 0, 'b')))
    expect(refused).toMatchObject({ code: 'FAUST_TRANSPORT_UNAVAILABLE', error: { retriable: true } })
    expect(bench.clock.monotonic()).toBeLessThan(6500)
    bench.network.down.clear()
    await bench.clock.run(send(producer, 0, 'c'))
    expect(bench.broker.log(TOPIC, 0).all).toEqual(['a', 'c'])
  })

  test('comes in time, also on a broker that never answers', async () => {
    const bench = new Bench()
    const producer = await bench.ready({}, { deliveryTimeout: 3000, requestTimeout: 900 })
    bench.always('Produce', { slow: 1_000_000 })
    expect(await bench.clock.run(outcome(send(producer, 0, 'a')))).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    expect(bench.clock.monotonic()).toBeLessThan(3500)
  })

  test('the fate of what was sent is unknown, and all later records fail until init', async () => {
    const bench = new Bench()
    const producer = await bench.ready({}, { deliveryTimeout: 5000 })
    await bench.clock.run(Promise.all([0, 1].map((partition) => send(producer, partition, 'a'))))
    const mend = bench.always('Produce', 'answer lost')
    const lost = outcome(send(producer, 0, 'b'))
    await bench.clock.advance(10)
    const behind = outcome(send(producer, 0, 'c'))
    expect(await bench.clock.run(lost)).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    expect(await bench.clock.run(behind)).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    expect(await outcome(send(producer, 1, 'd'))).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    mend()
    await bench.clock.run(producer.init())
    // As many records as the lost batch: they must not pass for its repetition.
    expect(await bench.clock.run(send(producer, 0, 'e'))).toBe(2)
    await bench.clock.run(send(producer, 1, 'f'))
    expect(bench.broker.log(TOPIC, 0).all).toEqual(['a', 'b', 'e'])
    expect(bench.broker.log(TOPIC, 0).entries.map(({ sequence }) => sequence)).toEqual([0, 1, 0])
  })

  test.each([45, 59, -1])('error %i says that nobody knows', async (code) => {
    const bench = new Bench()
    const producer = await bench.ready()
    bench.next('Produce', { error: code })
    const sends = ['a', 'b'].map((value) => outcome(send(producer, 0, value)))
    for (const each of await bench.clock.run(Promise.all(sends))) {
      expect(each).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    }
    await bench.clock.run(producer.init())
    expect(await bench.clock.run(send(producer, 0, 'c'))).toBe(0)
  })

  test('a producer without transactions asks for a new id each time', async () => {
    const bench = new Bench()
    const producer = await bench.ready()
    await bench.clock.run(producer.init())
    const asked = bench.requests<InitProducerIdRequest>('InitProducerId')
    expect(
      asked.map(({ transactionalId, producerId, producerEpoch }) => [transactionalId, producerId, producerEpoch]),
    ).toEqual([
      [null, -1n, -1],
      [null, -1n, -1],
    ])
  })

  test('an init gives up what is on its way', async () => {
    const bench = new Bench()
    const producer = await bench.ready()
    bench.next('Produce', { slow: 200 })
    const before = outcome(send(producer, 0, 'a'))
    await bench.clock.advance(10)
    await bench.clock.run(producer.init())
    expect(await before).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    expect(await bench.clock.run(send(producer, 0, 'b'))).toBe(1)
  })

  test('and its answer, when it comes, does not matter to what came after', async () => {
    const bench = new Bench()
    const producer = await bench.ready()
    await bench.clock.run(send(producer, 0, 'warm'))
    bench.next('Produce', { slow: 200 }, { slow: 1000 })
    const before = outcome(send(producer, 0, 'a'))
    await bench.clock.advance(10)
    await bench.clock.run(producer.init())
    bench.broker.leaders.set(`${TOPIC} 0`, 2)
    bench.cluster.stale(TOPIC)
    await bench.clock.advance(50)
    const after = send(producer, 0, 'b')
    await bench.clock.advance(300)
    const last = send(producer, 0, 'c')
    await bench.clock.advance(100)
    expect(bench.requests('Produce')).toHaveLength(3)
    await bench.clock.run(Promise.all([before, after, last]))
    expect(bench.broker.log(TOPIC, 0).all).toEqual(['warm', 'a', 'b', 'c'])
  })

  test.each([
    ['by its setting', undefined, 2000],
    ['by who closes it', { within: 300 }, 300],
  ])('a close is bounded %s', async (_, options, bound) => {
    const bench = new Bench()
    const producer = await bench.ready({}, { closeTimeout: 2000 })
    bench.always('Produce', 'request lost')
    const lost = outcome(send(producer, 0, 'a'))
    const begun = bench.clock.monotonic()
    await bench.clock.run(producer.close(options))
    expect(bench.clock.monotonic() - begun).toBeLessThan(bound + 100)
    expect(await lost).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    expect(bench.clock.pending).toBeLessThan(3)
  })
})

describe('topics and partitions that do not exist', () => {
  test('are refused after a while, and hold up nobody', async () => {
    const bench = new Bench()
    const producer = await bench.ready()
    const missing = outcome(producer.send('nowhere', 0, [{ key: null, value: null }]))
    const beyond = outcome(send(producer, 4, 'x'))
    await bench.clock.run(send(producer, 0, 'a'))
    expect(bench.clock.monotonic()).toBeLessThan(100)
    expect(await bench.clock.run(missing)).toMatchObject({ code: 'FAUST_TOPIC_MISSING' })
    expect(await bench.clock.run(beyond)).toMatchObject({ code: 'FAUST_PARTITION_UNKNOWN' })
    expect(bench.clock.monotonic()).toBeLessThan(5000)
  })

  test('are waited for while they may be new', async () => {
    const bench = new Bench()
    const producer = await bench.ready()
    const sent = producer.send('new', 0, [{ key: null, value: null }])
    await bench.clock.advance(1500)
    bench.broker.create('new', 1)
    expect(await bench.clock.run(sent)).toEqual({ baseOffset: 0 })
  })

  test('a topic that is deleted and made again takes records again', async () => {
    const bench = new Bench()
    const producer = await bench.ready()
    for (const value of ['a', 'b', 'c']) await bench.clock.run(send(producer, 0, value))
    bench.broker.delete(TOPIC)
    expect(await bench.clock.run(outcome(send(producer, 0, 'd')))).toMatchObject({ code: 'FAUST_TOPIC_MISSING' })
    bench.broker.create(TOPIC, 4)
    expect(await bench.clock.run(send(producer, 0, 'e'))).toBe(0)
    expect(await bench.clock.run(send(producer, 0, 'f'))).toBe(1)
  })
})

test('a throttled answer is an answer', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  const handle = bench.broker.handle.bind(bench.broker)
  bench.broker.handle = (node, api, request) => ({ ...(handle(node, api, request) as object), throttleTime: 500 })
  await bench.clock.run(send(producer, 0, 'a'))
  expect(await bench.clock.run(send(producer, 0, 'b'))).toBe(1)
})
