import { expect, test } from 'vitest'
import type { Codecs } from '../../src/records/compression/codec.ts'
import type { ProduceRequest } from '../../src/requests/produce.ts'
import { Bench, outcome, record, send, TOPIC } from './support/bench.ts'
import { codecs } from './support/fake-log.ts'

test('what is sent is stored, and its offset answered', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  expect(await bench.clock.run(send(producer, 0, 'a', 'b'))).toBe(0)
  expect(await bench.clock.run(send(producer, 0, 'c'))).toBe(2)
  expect(bench.broker.log(TOPIC, 0).all).toEqual(['a', 'b', 'c'])
})

test('calls made together are one batch, and one request a leader', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  await bench.clock.run(Promise.all([0, 1, 2, 3].map((partition) => send(producer, partition, 'warm'))))
  const before = bench.requests('Produce').length
  const values = Array.from({ length: 40 }, (_, index) => `v${index}`)
  const bases = await bench.clock.run(Promise.all(values.map((value, index) => send(producer, index % 4, value))))
  expect(bases).toEqual(values.map((_, index) => 1 + Math.floor(index / 4)))
  const requests = bench.requests<ProduceRequest>('Produce').slice(before)
  expect(requests.map(({ partitions }) => partitions.map(({ partition }) => partition))).toEqual([
    [0, 2],
    [1, 3],
  ])
})

test('batches grow while one is on its way, and no partition has two of them', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  await bench.clock.run(send(producer, 0, 'warm'))
  bench.always('Produce', { slow: 50 })
  const sends: Promise<number>[] = []
  for (let index = 0; index < 50; index++) {
    sends.push(send(producer, 0, `v${index}`))
    await bench.clock.advance(1)
  }
  await bench.clock.run(Promise.all(sends))
  const log = bench.broker.log(TOPIC, 0)
  expect(log.all).toEqual(['warm', ...Array.from({ length: 50 }, (_, index) => `v${index}`)])
  expect(log.entries.length).toBeLessThan(5)
})

test('a leader has one request at a time, and other leaders do not wait for it', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  await bench.clock.run(Promise.all([0, 1, 2, 3].map((partition) => send(producer, partition, 'warm'))))
  bench.network.sent.length = 0
  bench.next('Produce', { slow: 100 })
  const sends = [send(producer, 0, 'a')]
  await bench.clock.advance(10)
  sends.push(send(producer, 2, 'b'), send(producer, 1, 'c'), send(producer, 2, 'd'))
  await bench.clock.advance(10)
  expect(bench.network.sent.map(({ node }) => node)).toEqual([1, 2])
  await bench.clock.run(Promise.all(sends))
  expect(bench.network.sent.map(({ node }) => node)).toEqual([1, 2, 1])
})

test('a send larger than a batch takes several, in order', async () => {
  const bench = new Bench()
  const producer = await bench.ready({}, { batchSize: 400 })
  const values = Array.from({ length: 100 }, (_, index) => `value ${index}`)
  expect(await bench.clock.run(send(producer, 0, ...values))).toBe(0)
  const log = bench.broker.log(TOPIC, 0)
  expect(log.all).toEqual(values)
  expect(log.entries.length).toBeGreaterThan(4)
})

test('a request has a bound, but for one batch that is larger alone', async () => {
  const bench = new Bench()
  const producer = await bench.ready({}, { requestSize: 300 })
  await bench.clock.run(send(producer, 0, 'warm'))
  const value = 'x'.repeat(200)
  await bench.clock.run(Promise.all([send(producer, 0, value, value), send(producer, 2, value)]))
  expect(bench.requests<ProduceRequest>('Produce').map(({ partitions }) => partitions.length)).toEqual([1, 1, 1])
})

test('a partition under load does not keep others out of full requests', async () => {
  const bench = new Bench()
  const producer = await bench.ready({}, { requestSize: 1 })
  await bench.clock.run(Promise.all([send(producer, 0, 'warm'), send(producer, 2, 'warm')]))
  let isLoaded = true
  const load = async (): Promise<void> => {
    while (isLoaded)
      await Promise.race([
        send(producer, 0, 'x'),
        new Promise((resolve) => bench.clock.setTimeout(() => resolve(null), 1)),
      ])
  }
  const loading = load()
  await bench.clock.advance(10)
  const { length } = bench.network.sent
  await bench.clock.run(send(producer, 2, 'a'))
  expect(bench.network.sent.length - length).toBeLessThan(4)
  isLoaded = false
  await bench.clock.run(loading)
})

test('with linger records wait for others, but not for a flush or a full batch', async () => {
  const bench = new Bench()
  const producer = await bench.ready({}, { linger: 100, batchSize: 1000 })
  const early = send(producer, 0, 'a')
  await bench.clock.advance(50)
  const late = send(producer, 0, 'b')
  expect(bench.requests('Produce')).toHaveLength(0)
  await bench.clock.run(Promise.all([early, late]))
  expect(bench.clock.monotonic()).toBeGreaterThanOrEqual(100)
  expect(bench.broker.log(TOPIC, 0).entries).toHaveLength(1)

  const moment = bench.clock.monotonic()
  void send(producer, 0, 'c')
  await bench.clock.run(producer.flush())
  await bench.clock.run(send(producer, 0, 'x'.repeat(1000)))
  expect(bench.clock.monotonic() - moment).toBeLessThan(50)
})

test('compressed batches are read back', async () => {
  const bench = new Bench()
  const producer = await bench.ready({}, { compression: 'gzip' })
  const values = Array.from({ length: 100 }, () => 'the same again')
  await bench.clock.run(send(producer, 0, ...values))
  expect(bench.broker.log(TOPIC, 0).all).toEqual(values)
})

test('packing lets others have their turn', async () => {
  const bench = new Bench()
  const slow: Codecs = {
    ...codecs,
    byName: (name) => ({
      compress(bytes) {
        bench.clock.spend(8)
        return codecs.byName(name).compress(bytes)
      },
      decompress: (bytes) => bytes,
    }),
  }
  const producer = await bench.ready({}, { compression: 'gzip', codecs: slow })
  const sends = [0, 2].map((partition) => send(producer, partition, 'warm'))
  await bench.clock.run(Promise.all(sends))
  bench.broker.create('many', 8)
  bench.cluster.stale('many')
  await bench.clock.advance(10)
  bench.network.sent.length = 0
  const many = [0, 2, 4, 6].map((partition) => producer.send('many', partition, [record('x')]))
  await bench.clock.advance(1)
  expect(bench.requests<ProduceRequest>('Produce')[0]?.partitions).toHaveLength(2)
  await bench.clock.run(Promise.all(many))

  // Another leader does not wait for the answer of the first.
  bench.next('Produce', { slow: 500 })
  const both = [0, 2, 1].map((partition) => producer.send('many', partition, [record('y')]))
  await bench.clock.advance(100)
  expect(bench.network.sent.slice(-2).map(({ node }) => node)).toEqual([1, 2])
  await bench.clock.run(Promise.all(both))
})

test('a record that cannot be written is refused, and nothing else', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  const sends = [
    producer.send(TOPIC, 0, [record('a')]),
    producer.send(TOPIC, 0, [record('b'), { ...record('bad'), timestamp: 1.5 }]),
    producer.send(TOPIC, 0, [record('c'), undefined as never]),
    producer.send(TOPIC, 0, [record('d')]),
  ]
  const outcomes = await bench.clock.run(Promise.all(sends.map(outcome)))
  expect(outcomes).toMatchObject([
    { baseOffset: 0 },
    { code: 'FAUST_RECORD_INVALID', error: { message: expect.stringContaining('Record 1 of a send') } },
    { code: 'FAUST_RECORD_INVALID' },
    { baseOffset: 1 },
  ])
  expect(bench.broker.log(TOPIC, 0).all).toEqual(['a', 'd'])
})

test('an empty send resolves at once, before init nothing is taken, and after close neither', async () => {
  const bench = new Bench()
  const producer = bench.producer()
  expect(await outcome(producer.send(TOPIC, 0, []))).toMatchObject({ code: 'FAUST_TRANSACTION_STATE' })
  await bench.clock.run(producer.init())
  expect(await producer.send(TOPIC, 0, [])).toEqual({ baseOffset: -1 })
  const queued = outcome(send(producer, 0, 'queued'))
  await bench.clock.run(producer.close())
  await producer.close()
  expect(await queued).toBe(0)
  expect(await outcome(send(producer, 0, 'late'))).toMatchObject({ code: 'FAUST_CLOSED' })
  expect(await outcome(producer.init())).toMatchObject({ code: 'FAUST_CLOSED' })
  expect(bench.clock.pending).toBe(0)
})

test('flush waits for what was sent before it, whichever way that ends', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  bench.broker.log(TOPIC, 1).maxBytes = 100
  let settled = 0
  const sends = [0, 1, 2, 3].map((partition) =>
    outcome(send(producer, partition, 'x'.repeat(200))).finally(() => settled++),
  )
  await bench.clock.run(producer.flush())
  await Promise.resolve()
  await Promise.all(sends)
  expect(settled).toBe(4)
  await producer.flush()
  void send(producer, 0, 'a')
  await bench.clock.run(Promise.all([producer.flush(), producer.flush()]))
})
