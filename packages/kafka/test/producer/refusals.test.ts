import { describe, expect, test } from 'vitest'
import { readBatchHeader } from '../../src/records/batch-header.ts'
import type { ProduceRequest } from '../../src/requests/produce.ts'
import { Bench, outcome, send, TOPIC } from './support/bench.ts'

test.each([10, 18])(
  'after %i a batch of several records is halved, the first half under the same sequence',
  async (code) => {
    const bench = new Bench()
    const producer = await bench.ready()
    await bench.clock.run(send(producer, 0, 'warm'))
    bench.next('Produce', { error: code }, { error: code })
    const sends = [send(producer, 0, 'a', 'b', 'c'), send(producer, 0, 'd'), send(producer, 0, 'e')]
    expect(await bench.clock.run(Promise.all(sends))).toEqual([1, 4, 5])
    expect(bench.broker.log(TOPIC, 0).all).toEqual(['warm', 'a', 'b', 'c', 'd', 'e'])
    const sequences = bench
      .requests<ProduceRequest>('Produce')
      .map(({ partitions }) => readBatchHeader(partitions[0]?.records ?? new Uint8Array(0)))
      .map(({ baseSequence, count }) => [baseSequence, count])
    expect(sequences).toEqual([
      [0, 1],
      [1, 5],
      [1, 3],
      [1, 2],
      [3, 1],
      [4, 2],
    ])
  },
)

test('only the send with the record that is too large is refused', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  bench.broker.log(TOPIC, 0).maxBytes = 300
  const values = Array.from({ length: 20 }, (_, index) => (index === 7 ? 'x'.repeat(400) : `v${index}`))
  const outcomes = await bench.clock.run(Promise.all(values.map((value) => outcome(send(producer, 0, value)))))
  expect(outcomes[7]).toMatchObject({ code: 'FAUST_RECORD_TOO_LARGE' })
  const others = values.filter((_, index) => index !== 7)
  expect(outcomes.filter((_, index) => index !== 7)).toEqual(others.map((_, index) => index))
  expect(bench.broker.log(TOPIC, 0).all).toEqual(others)
})

test('a send is refused whole: what of it was not sent is not sent later', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  bench.broker.log(TOPIC, 0).maxBytes = 300
  const refused = outcome(send(producer, 0, 'a', 'x'.repeat(400), 'b', 'c', 'd', 'e', 'f', 'g'))
  const next = send(producer, 0, 'next')
  expect(await bench.clock.run(refused)).toMatchObject({ code: 'FAUST_RECORD_TOO_LARGE' })
  await bench.clock.run(next)
  const { all } = bench.broker.log(TOPIC, 0)
  expect(all.at(-1)).toBe('next')
  expect(all).not.toContain('g')
})

test('the records that the broker names are refused, each with its reason, and the rest is stored', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  bench.broker.log(TOPIC, 0).bad = (value) => value.startsWith('bad')
  const sends = [
    send(producer, 0, 'a'),
    send(producer, 0, 'b', 'bad 1'),
    send(producer, 0, 'c'),
    send(producer, 0, 'bad 2'),
  ]
  const outcomes = await bench.clock.run(Promise.all(sends.map(outcome)))
  expect(outcomes).toMatchObject([
    0,
    { code: 'FAUST_RECORD_INVALID', error: { message: expect.stringContaining('record 1 of this send: a bad value') } },
    1,
    { code: 'FAUST_RECORD_INVALID', error: { message: expect.stringContaining('record 0 of this send: a bad value') } },
  ])
  expect(bench.broker.log(TOPIC, 0).all).toEqual(['a', 'c'])
})

test('a bad record that is not named is found by halving', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  const isBad = (sent: { request: unknown }): boolean =>
    (sent.request as ProduceRequest).partitions.some(({ records }) =>
      new TextDecoder('latin1').decode(records ?? undefined).includes('bad'),
    )
  bench.always('Produce', (sent) => (isBad(sent) ? { error: 87 } : 'served'))
  const values = ['a', 'b', 'c', 'bad', 'd', 'e', 'f']
  const outcomes = await bench.clock.run(Promise.all(values.map((value) => outcome(send(producer, 0, value)))))
  expect(outcomes[3]).toMatchObject({ code: 'FAUST_RECORD_INVALID' })
  expect(bench.broker.log(TOPIC, 0).all).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
})

test.each([
  [29, 'FAUST_NOT_AUTHORIZED'],
  [17, 'FAUST_NAME_INVALID'],
  [76, 'FAUST_NOT_SUPPORTED'],
  [42, 'FAUST_BROKER_REFUSED'],
])('error %i refuses the batch, and later ones take its sequence', async (code, becomes) => {
  const bench = new Bench()
  const producer = await bench.ready()
  bench.next('Produce', { error: code })
  const sends = ['a', 'b'].map((value) => outcome(send(producer, 0, value)))
  for (const each of await bench.clock.run(Promise.all(sends))) expect(each).toMatchObject({ code: becomes })
  expect(await bench.clock.run(send(producer, 0, 'c', 'd'))).toBe(0)
})

test('a batch that is damaged each time is refused', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  bench.next('Produce', { error: 2 }, { error: 2 }, { error: 2 })
  expect(await bench.clock.run(outcome(send(producer, 0, 'a')))).toMatchObject({ code: 'FAUST_RECORD_INVALID' })
  expect(await bench.clock.run(send(producer, 0, 'b'))).toBe(0)
})

describe('after a lost answer a refusal is no certainty, and its sequence is not used again', () => {
  test.each([10, 29, 87])('error %i', async (code) => {
    const bench = new Bench()
    const producer = await bench.ready()
    bench.next('Produce', 'answer lost', { error: code })
    expect(await bench.clock.run(outcome(send(producer, 0, 'a')))).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    expect(await outcome(send(producer, 0, 'b'))).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    await bench.clock.run(producer.init())
    await bench.clock.run(send(producer, 0, 'c'))
    expect(bench.broker.log(TOPIC, 0).all).toEqual(['a', 'c'])
  })

  test('nor is that of its halves', async () => {
    const bench = new Bench()
    const producer = await bench.ready()
    bench.next('Produce', 'answer lost', { error: 10 }, { error: 29 })
    const sends = ['a', 'b'].map((value) => outcome(send(producer, 0, value)))
    for (const each of await bench.clock.run(Promise.all(sends))) {
      expect(each).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    }
    await bench.clock.run(producer.init())
    await bench.clock.run(send(producer, 0, 'c', 'd'))
    expect(bench.broker.log(TOPIC, 0).all).toEqual(['a', 'b', 'c', 'd'])
  })

  test('halves of it find out', async () => {
    const bench = new Bench()
    const producer = await bench.ready()
    bench.next('Produce', 'answer lost', { error: 10 })
    const sends = ['a', 'b', 'c'].map((value) => outcome(send(producer, 0, value)))
    for (const each of await bench.clock.run(Promise.all(sends)))
      expect(each).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    expect(bench.broker.log(TOPIC, 0).all).toEqual(['a', 'b', 'c'])
  })
})

test('what is to be divided when the producer has ended is refused', async () => {
  const bench = new Bench()
  const producer = await bench.ready()
  await bench.clock.run(Promise.all([0, 1].map((partition) => send(producer, partition, 'warm'))))
  bench.broker.log(TOPIC, 0).maxBytes = 200
  bench.next('Produce', { slow: 100 }, { error: 45 })
  const large = outcome(send(producer, 0, 'x'.repeat(100), 'y'.repeat(100)))
  await bench.clock.advance(5)
  expect(await bench.clock.run(outcome(send(producer, 1, 'a')))).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
  expect(await bench.clock.run(large)).toMatchObject({ code: 'FAUST_RECORD_TOO_LARGE' })
  await bench.clock.run(producer.init())
  await bench.clock.run(send(producer, 0, 'b'))
  expect(bench.broker.log(TOPIC, 0).all).toEqual(['warm', 'b'])
})

test('settings that cannot be are refused at once', () => {
  const bench = new Bench()
  expect(() => bench.producer({ transactionalId: '' })).toThrow(/transactionalId/)
  expect(() => bench.producer({ transactionTimeout: 0.5 })).toThrow(/transactionTimeout/)
  expect(() => bench.producer({}, { batchSize: 0 })).toThrow(/batchSize/)
  expect(() => bench.producer({}, { compression: 'nothing' as 'none' })).toThrow(/compression/)
})
