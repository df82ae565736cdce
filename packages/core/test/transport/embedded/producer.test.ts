import { expect, test } from 'vitest'
import type { Producer } from '../../../src/transport/producer.ts'
import type { EmbeddedTransport } from '../../../src/transport/embedded/embedded-transport.ts'
import { contents } from './support/broker.ts'
import { faultyLink } from './support/faulty-link.ts'
import type { Fate } from './support/faulty-link.ts'
import { fixture, record } from './support/fixture.ts'
import type { Fixture } from './support/fixture.ts'

async function setUp(fateOf: (operation: string) => Fate | null = () => null) {
  const made = fixture()
  const transport = await made.worker({ link: faultyLink(made.clock, fateOf) })
  made.log.createTopics([
    { name: 't', partitions: 1 },
    { name: 'u', partitions: 1 },
  ])
  return { ...made, transport }
}

async function ready(
  transport: EmbeddedTransport,
  clock: Fixture['clock'],
  transactionalId?: string,
): Promise<Producer> {
  const producer = transport.producer({ transactionalId })
  await clock.until(producer.init())
  return producer
}

test('sends of one moment travel together, in order, and each learns its offset', async () => {
  let produced = 0
  const { log, clock, transport } = await setUp((operation) => {
    if (operation === 'produce') produced++
    return null
  })
  const producer = await ready(transport, clock)
  const sends = ['1', '2', '3'].map((value) => producer.send('t', 0, [record('k', value), record('l', value)]))
  const other = producer.send('u', 0, [record('k', 'u')])
  expect(await Promise.all(sends)).toEqual([{ baseOffset: 0 }, { baseOffset: 2 }, { baseOffset: 4 }])
  expect(await other).toEqual({ baseOffset: 0 })
  expect(produced).toBe(1)
  expect(contents(log, 't')).toEqual(['0:k=1', '1:l=1', '2:k=2', '3:l=2', '4:k=3', '5:l=3'])
  expect(await producer.send('t', 0, [])).toEqual({ baseOffset: -1 })
})

test('whatever gets lost on the way, every record is stored once and in order', async () => {
  let turn = 0
  const fates: (Fate | null)[] = ['lose-answer', null, 'lose-request', 'late', 'lose-answer', 'lose-answer', null]
  const { log, clock, transport } = await setUp((operation) =>
    operation === 'produce' ? (fates[turn++ % fates.length] ?? null) : null,
  )
  const producer = await ready(transport, clock)
  const sends: Promise<unknown>[] = []
  for (let index = 0; index < 60; index++) {
    sends.push(producer.send('t', 0, [record('k', `${index}`)]))
    if (index % 3 === 0) await clock.advance(7)
  }
  const results = await clock.until(Promise.all(sends))
  expect(results).toEqual(sends.map((_, index) => ({ baseOffset: index })))
  expect(contents(log, 't')).toEqual(sends.map((_, index) => `${index}:k=${index}`))
})

test('a record that is too large is refused alone; a missing topic or partition as well', async () => {
  const { log, clock, transport } = await setUp()
  log.createTopics([{ name: 'small', partitions: 1, config: { 'max.message.bytes': '200' } }])
  const producer = await ready(transport, clock)
  const sends = [
    producer.send('small', 0, [record('k', 'first')]),
    producer.send('small', 0, [record('k', 'with'), record('k', 'x'.repeat(200))]),
    producer.send('small', 0, [record('k', 'last')]),
    producer.send('nope', 0, [record('k', 'v')]),
    producer.send('t', 5, [record('k', 'v')]),
    producer.send('t', 0, [{ ...record('k', 'v'), timestamp: 1.5 }]),
  ]
  const settled = await Promise.allSettled(sends)
  const codes = settled.map((each) => (each.status === 'rejected' ? (each.reason as { code: string }).code : 'stored'))
  expect(codes).toEqual([
    'stored',
    'FAUST_RECORD_TOO_LARGE',
    'stored',
    'FAUST_TOPIC_MISSING',
    'FAUST_PARTITION_UNKNOWN',
    'FAUST_RECORD_INVALID',
  ])
  expect(contents(log, 'small')).toEqual(['0:k=first', '1:k=last'])
  expect(await producer.send('t', 0, [record('k', 'fine')])).toEqual({ baseOffset: 0 })
})

test('when no answer comes in time the fate is unknown, and nothing more is sent until init', async () => {
  let broken = true
  const { log, clock, transport } = await setUp((operation) =>
    operation === 'produce' && broken ? 'lose-answer' : null,
  )
  const producer = await ready(transport, clock)
  const first = producer.send('t', 0, [record('k', '1')])
  await clock.advance(10)
  const behind = producer.send('t', 0, [record('k', '2')])
  const settled = await clock.until(Promise.allSettled([first, behind]), 200_000)
  for (const each of settled) expect(each).toMatchObject({ reason: { code: 'FAUST_DELIVERY_UNKNOWN' } })
  broken = false
  await expect(producer.send('t', 0, [record('k', '3')])).rejects.toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
  await producer.init()
  expect(await producer.send('t', 0, [record('k', '3')])).toEqual({ baseOffset: 1 })
  // The first had been stored, and once only.
  expect(contents(log, 't')).toEqual(['0:k=1', '1:k=3'])
})

test('transactions commit and abort one after the other, though markers take their time', async () => {
  const { log, clock, transport } = await setUp()
  const producer = await ready(transport, clock, 'p')
  for (let turn = 0; turn < 6; turn++) {
    producer.beginTransaction()
    const sends = [producer.send('t', 0, [record('k', `t${turn}`)]), producer.send('u', 0, [record('k', `u${turn}`)])]
    await clock.until(turn % 2 === 0 ? producer.commitTransaction() : producer.abortTransaction())
    await Promise.all(sends)
  }
  await clock.advance(10)
  const values = (topic: string) => contents(log, topic, 'read-committed').map((entry) => entry.split('=')[1])
  expect(values('t')).toEqual(['t0', 't2', 't4'])
  expect(values('u')).toEqual(['u0', 'u2', 'u4'])
})

test('lost answers anywhere in transactions change nothing', async () => {
  let turn = 0
  const { log, clock, transport } = await setUp((operation) => {
    if (operation === 'describeTopics' || operation === 'listOffsets') return null
    turn++
    return turn % 3 === 0 ? 'lose-answer' : turn % 5 === 0 ? 'lose-request' : turn % 7 === 0 ? 'late' : null
  })
  const producer = await ready(transport, clock, 'p')
  const anonymous = { group: 'g', memberId: '', generation: -1 }
  for (let round = 0; round < 12; round++) {
    producer.beginTransaction()
    const send = producer.send('t', 0, [record('k', `${round}`)])
    await clock.until(producer.sendOffsets([{ topic: 'u', partition: 0, offset: round + 1 }], anonymous))
    await clock.until(round % 4 === 3 ? producer.abortTransaction() : producer.commitTransaction())
    await send
  }
  await clock.advance(10)
  const values = contents(log, 't', 'read-committed').map((entry) => entry.split('=')[1])
  expect(values).toEqual(['0', '1', '2', '4', '5', '6', '8', '9', '10'])
  expect(log.fetchOffsets('g', [{ topic: 'u', partition: 0 }], { requireStable: true })[0]?.offset).toBe(11)
})

test('misuse of transactions is an error of state and changes nothing', async () => {
  const { clock, transport, log } = await setUp()
  const state = { code: 'FAUST_TRANSACTION_STATE' }
  const fresh = transport.producer({ transactionalId: 'p' })
  await expect(fresh.send('t', 0, [record('k', 'v')])).rejects.toMatchObject(state)
  const producer = await ready(transport, clock, 'p')
  await expect(producer.send('t', 0, [record('k', 'v')])).rejects.toMatchObject(state)
  await expect(producer.commitTransaction()).rejects.toMatchObject(state)
  await expect(producer.abortTransaction()).rejects.toMatchObject(state)
  producer.beginTransaction()
  expect(() => producer.beginTransaction()).toThrow(expect.objectContaining(state))
  // Nothing was written: nothing is asked of the log.
  await producer.commitTransaction()
  expect(log.describeTransactions(['p'])[0]?.state).toBe('empty')
  const plain = await ready(transport, clock)
  expect(() => plain.beginTransaction()).toThrow(expect.objectContaining(state))
})

test('a transaction in which something failed can only be aborted', async () => {
  const { clock, transport, log } = await setUp()
  const producer = await ready(transport, clock, 'p')
  producer.beginTransaction()
  const fine = producer.send('t', 0, [record('k', 'fine')])
  await expect(producer.send('nope', 0, [record('k', 'v')])).rejects.toMatchObject({ code: 'FAUST_TOPIC_MISSING' })
  await expect(producer.commitTransaction()).rejects.toMatchObject({ code: 'FAUST_TRANSACTION_ABORTABLE' })
  await fine.catch(() => {})
  await clock.until(producer.abortTransaction())
  await clock.advance(10)
  expect(contents(log, 't', 'read-committed')).toEqual([])
  producer.beginTransaction()
  await clock.until(producer.send('t', 0, [record('k', 'next')]))
  await clock.until(producer.commitTransaction())
  await clock.advance(10)
  expect(contents(log, 't', 'read-committed').map((entry) => entry.split('=')[1])).toEqual(['next'])
})

test('offsets that were refused must be sent again, or the transaction does not commit', async () => {
  const { clock, transport } = await setUp()
  const producer = await ready(transport, clock, 'p')
  const offsets = [{ topic: 't', partition: 0, offset: 1 }]
  producer.beginTransaction()
  const stranger = { group: 'g', memberId: 'stranger', generation: 4 }
  await expect(producer.sendOffsets(offsets, stranger)).rejects.toMatchObject({ code: 'FAUST_MEMBER_UNKNOWN' })
  await expect(producer.commitTransaction()).rejects.toMatchObject({ code: 'FAUST_TRANSACTION_ABORTABLE' })
  await producer.sendOffsets(offsets, { group: 'g', memberId: '', generation: -1 })
  await clock.until(producer.commitTransaction())
})

test('a newer producer fences the older, whose init is refused; a time-out is healed by init', async () => {
  const { clock, transport, log } = await setUp()
  const older = await ready(transport, clock, 'p')
  older.beginTransaction()
  await older.send('t', 0, [record('k', 'old')])
  const newer = await ready(transport, clock, 'p')
  await expect(older.send('t', 0, [record('k', 'zombie')])).rejects.toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
  await expect(older.commitTransaction()).rejects.toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
  await expect(clock.until(older.init())).rejects.toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })

  newer.beginTransaction()
  await clock.until(newer.send('t', 0, [record('k', 'slow')]))
  await clock.advance(30_000)
  await expect(clock.until(newer.commitTransaction())).rejects.toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
  await clock.until(newer.init())
  newer.beginTransaction()
  await clock.until(newer.send('t', 0, [record('k', 'again')]))
  await clock.until(newer.commitTransaction())
  await clock.advance(10)
  expect(contents(log, 't', 'read-committed').map((entry) => entry.split('=')[1])).toEqual(['again'])
})

test('when the answer to a commit never comes its outcome is unknown, and init settles it', async () => {
  let lose = false
  const { clock, transport, log } = await setUp((operation) => (operation === 'endTxn' && lose ? 'lose-answer' : null))
  const producer = await ready(transport, clock, 'p')
  producer.beginTransaction()
  await producer.send('t', 0, [record('k', 'decided')])
  lose = true
  await expect(clock.until(producer.commitTransaction(), 60_000)).rejects.toMatchObject({
    code: 'FAUST_TRANSPORT_UNAVAILABLE',
  })
  lose = false
  expect(() => producer.beginTransaction()).toThrow(/does not know how its transaction ended/)
  await clock.until(producer.init())
  expect(contents(log, 't', 'read-committed')).toEqual(['0:k=decided'])
})

test('flush waits for what was sent before it, whichever way that ends', async () => {
  const { clock, transport } = await setUp((operation) => (operation === 'produce' ? 'late' : null))
  const producer = await ready(transport, clock)
  const order: string[] = []
  void producer.send('t', 0, [record('k', '1')]).then(() => order.push('sent'))
  void producer.send('nope', 0, [record('k', '1')]).catch(() => order.push('refused'))
  const flushed = producer.flush().then(() => order.push('flushed'))
  await clock.until(flushed)
  expect(order.toSorted()).toEqual(['flushed', 'refused', 'sent'])
  expect(order.at(-1)).toBe('flushed')
  await producer.flush()
})

test('closing waits for what is queued and aborts what is open', async () => {
  const { clock, transport, log } = await setUp()
  const producer = await ready(transport, clock, 'p')
  producer.beginTransaction()
  const send = producer.send('t', 0, [record('k', 'v')])
  await clock.until(producer.close())
  await producer.close()
  await send
  await clock.advance(10)
  expect(log.describeTransactions(['p'])[0]?.state).toBe('complete-abort')
  await expect(producer.init()).rejects.toMatchObject({ code: 'FAUST_CLOSED' })
})

test.each([
  ['queued', undefined],
  ['in a transaction', 'id'],
])('a close takes no longer than it is given: %s', async (_, transactionalId) => {
  let away = false
  const { clock, transport } = await setUp(() => (away ? 'lose-request' : null))
  const producer = await ready(transport, clock, transactionalId)
  if (transactionalId !== undefined) producer.beginTransaction()
  away = true
  const lost = producer.send('t', 0, [record('k', 'v')]).catch((error: unknown) => error)
  const begun = clock.monotonic()
  await clock.until(producer.close({ within: 300 }))
  expect(clock.monotonic() - begun).toBeLessThanOrEqual(400)
  expect(await clock.until(lost)).toBeInstanceOf(Error)
})
