import type { Producer } from '@faust/core'
import { describe, expect, test } from 'vitest'
import type { InitProducerIdRequest } from '../../src/requests/init-producer-id.ts'
import { Bench, outcome, send, TOPIC } from './support/bench.ts'

const ID = { transactionalId: 'worker-1' }
const KINDS = ['old', 'new'] as const
const ENDS = ['commitTransaction', 'abortTransaction'] as const

async function transact(bench: Bench, producer: Producer, value: string): Promise<void> {
  producer.beginTransaction()
  const sent = outcome(send(producer, 0, value))
  await bench.clock.run(producer.commitTransaction())
  expect(await sent).toBeTypeOf('number')
  await bench.clock.advance(20)
}

const committed = (bench: Bench): string[] => bench.broker.log(TOPIC, 0).committed
const epochs = (bench: Bench): number[] =>
  bench.requests<InitProducerIdRequest>('InitProducerId').map(({ producerEpoch }) => producerEpoch)

describe.each(KINDS)('with the coordinator of a Kafka that is %s', (kind) => {
  test.each([47, 90])(
    '%i on Produce fences, and init tells a time-out from a rival: it was a time-out',
    async (code) => {
      const bench = new Bench({ kind })
      const producer = await bench.ready(ID)
      producer.beginTransaction()
      await bench.clock.run(send(producer, 0, 'too late'))
      await bench.clock.advance(60_000)
      bench.next('Produce', { error: code })
      expect(await bench.clock.run(outcome(send(producer, 0, 'x')))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
      expect(await bench.clock.run(outcome(producer.commitTransaction()))).toMatchObject({
        code: 'FAUST_PRODUCER_FENCED',
      })
      await bench.clock.run(producer.init())
      await transact(bench, producer, 'next')
      expect(committed(bench)).toEqual(['next'])
    },
  )

  test.each(ENDS)('a time-out that %s finds is no end', async (end) => {
    const bench = new Bench({ kind })
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    await bench.clock.run(send(producer, 0, 'too late'))
    await bench.clock.advance(60_000)
    expect(await bench.clock.run(outcome(producer[end]()))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    await bench.clock.run(producer.init())
    await transact(bench, producer, 'next')
    expect(committed(bench)).toEqual(['next'])
  })

  test('a rival fences while a transaction is open, and is never fenced in return', async () => {
    const bench = new Bench({ kind })
    const first = await bench.ready(ID)
    first.beginTransaction()
    await bench.clock.run(send(first, 0, 'of the first'))
    const second = await bench.ready(ID)
    await bench.clock.advance(10)
    expect(await bench.clock.run(outcome(send(first, 0, 'zombie')))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    expect(await bench.clock.run(outcome(first.commitTransaction()))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    await transact(bench, second, 'of the second')
    for (let turn = 0; turn < 3; turn++) {
      expect(await bench.clock.run(outcome(first.init()))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
      expect(() => first.beginTransaction()).toThrow(/fenced/)
    }
    await transact(bench, second, 'still here')
    expect(committed(bench)).toEqual(['of the second', 'still here'])
    expect(epochs(bench).filter((epoch) => epoch < 0)).toHaveLength(epochs(bench).length - 6)
  })

  test('a rival that came when nothing was open has the next epoch, which is never asked for', async () => {
    const bench = new Bench({ kind })
    const first = await bench.ready(ID)
    await transact(bench, first, 'a')
    const second = await bench.ready(ID)
    first.beginTransaction()
    expect(await bench.clock.run(outcome(send(first, 0, 'zombie')))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    expect(await bench.clock.run(outcome(first.init()))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    await transact(bench, second, 'b')
    expect(committed(bench)).toEqual(['a', 'b'])
  })

  test('nor after an earlier init that had something to end', async () => {
    const bench = new Bench({ kind })
    const first = await bench.ready(ID)
    first.beginTransaction()
    await bench.clock.run(send(first, 0, 'left open'))
    await bench.clock.run(first.init())
    const second = await bench.ready(ID)
    expect(await bench.clock.run(outcome(first.init()))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    await transact(bench, second, 'a')
    expect(committed(bench)).toEqual(['a'])
  })

  test('nor after a commit whose answer was lost', async () => {
    const bench = new Bench({ kind })
    const first = await bench.ready(ID)
    first.beginTransaction()
    await bench.clock.run(send(first, 0, 'a'))
    bench.always('EndTxn', 'answer lost')
    await bench.clock.run(outcome(first.commitTransaction()))
    bench.network.fate = () => 'served'
    const second = await bench.ready(ID)
    expect(await bench.clock.run(outcome(first.init()))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    await transact(bench, second, 'b')
    expect(committed(bench)).toEqual(['a', 'b'])
  })

  test('nor after one that was carried out by a coordinator that said it had moved', async () => {
    const bench = new Bench({ kind })
    const first = await bench.ready(ID)
    first.beginTransaction()
    await bench.clock.run(send(first, 0, 'a'))
    bench.next('EndTxn', { but: 16 }, { but: 16 })
    const commit = outcome(first.commitTransaction())
    await bench.clock.advance(50)
    const second = await bench.ready(ID)
    expect(await bench.clock.run(commit)).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    expect(await bench.clock.run(outcome(first.init()))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    await transact(bench, second, 'b')
    expect(committed(bench)).toEqual(['a', 'b'])
  })

  test('an init that comes while partitions join gives up the old transaction only', async () => {
    const bench = new Bench({ kind })
    const producer = await bench.ready(ID)
    await transact(bench, producer, 'a')
    producer.beginTransaction()
    bench.next('AddPartitionsToTxn', { error: 14 })
    const old = outcome(send(producer, 0, 'b'))
    await bench.clock.advance(10)
    await bench.clock.run(producer.init())
    producer.beginTransaction()
    const sent = send(producer, 0, 'c')
    await bench.clock.advance(300)
    await bench.clock.run(producer.commitTransaction())
    await sent
    await bench.clock.advance(10)
    expect(await old).toMatchObject({ code: 'FAUST_TRANSACTION_STATE' })
    expect(committed(bench)).toEqual(['a', 'c'])
  })

  test.each(ENDS)('%s that an init overtakes ends nothing of what came after', async (end) => {
    const bench = new Bench({ kind })
    const producer = await bench.ready(ID)
    const membership = { group: 'g', memberId: '', generation: -1 }
    producer.beginTransaction()
    await bench.clock.run(send(producer, 0, 'a'))
    bench.next('TxnOffsetCommit', { slow: 2000 })
    const offsets = outcome(producer.sendOffsets([{ topic: 'in', partition: 0, offset: 1 }], membership))
    const ended = outcome(producer[end]())
    await bench.clock.advance(100)
    await bench.clock.run(producer.init())
    expect(() => producer.beginTransaction()).not.toThrow()
    await bench.clock.advance(3000)
    expect(await ended).toMatchObject({ code: 'FAUST_TRANSACTION_STATE' })
    await offsets
    await bench.clock.run(send(producer, 0, 'b'))
    await bench.clock.run(producer.abortTransaction())
    await transact(bench, producer, 'c')
    expect(committed(bench)).toEqual(['c'])
  })

  test('a rival whose init is under way wins in the end', async () => {
    const bench = new Bench({ kind, markers: 200 })
    const first = await bench.ready(ID)
    first.beginTransaction()
    await bench.clock.run(send(first, 0, 'a'))
    const second = bench.producer(ID)
    const rival = second.init()
    await bench.clock.advance(3)
    const mine = outcome(first.init())
    await bench.clock.run(Promise.all([rival, mine]))
    await bench.clock.advance(500)
    const writers = [first, second]
    const results = []
    for (const writer of writers) {
      writer.beginTransaction()
      const sent = outcome(send(writer, 0, 'x'))
      results.push(await outcome(bench.clock.run(writer.commitTransaction()).then(() => 'written')))
      await sent
    }
    expect(results).toMatchObject([{ code: 'FAUST_PRODUCER_FENCED' }, 'written'])
  })

  test.each(['request lost', 'answer lost', { late: 500 }] as const)('an init is repeated: %o', async (fate) => {
    const bench = new Bench({ kind })
    const producer = await bench.ready(ID)
    for (let turn = 0; turn < 4; turn++) {
      producer.beginTransaction()
      await bench.clock.run(send(producer, 0, 'left open'))
      bench.next('InitProducerId', fate, fate)
      await bench.clock.run(producer.init())
      await transact(bench, producer, `v${turn}`)
      await bench.clock.advance(1000)
      // A late one ends what is open; that is a time-out to us, and nothing else.
      const after = await outcome(transact(bench, producer, `w${turn}`).then(() => null))
      if (after !== null) await bench.clock.run(producer.init())
    }
    expect(committed(bench).filter((value) => value.startsWith('v'))).toEqual(['v0', 'v1', 'v2', 'v3'])
    expect(committed(bench)).not.toContain('left open')
  })

  describe('a first init that was given up and arrives after its repetition', () => {
    const epochsOf = (bench: Bench): number[] => epochs(bench).filter((epoch) => epoch >= 0)

    test('is found out when the epoch is confirmed, and the id taken once more', async () => {
      const bench = new Bench({ kind })
      const producer = bench.producer(ID)
      bench.next('InitProducerId', 'request lost', 'served', { slow: 300 })
      const began = bench.clock.run(producer.init())
      const late = {
        transactionalId: ID.transactionalId,
        transactionTimeout: 60_000,
        producerId: -1n,
        producerEpoch: -1,
      }
      while (bench.requests('InitProducerId').length < 2) await bench.clock.advance(1)
      await bench.clock.advance(1.5)
      bench.broker.handle(1, 'InitProducerId', late)
      await began
      expect(epochsOf(bench)).toEqual([0])
      await transact(bench, producer, 'a')
      expect(committed(bench)).toEqual(['a'])
    })

    test.each(['request lost', 'answer lost'] as const)('or never: %s', async (fate) => {
      const bench = new Bench({ kind })
      const producer = bench.producer(ID)
      bench.next('InitProducerId', fate, fate)
      await bench.clock.run(producer.init())
      expect(epochsOf(bench)).toHaveLength(1)
      await transact(bench, producer, 'a')
      expect(epochs(bench)).toHaveLength(4)
    })

    test('after that and with a transaction open, is taken for a time-out', async () => {
      const bench = new Bench({ kind })
      const producer = bench.producer(ID)
      bench.next('InitProducerId', { late: 1000 })
      await bench.clock.run(producer.init())
      producer.beginTransaction()
      await bench.clock.run(send(producer, 0, 'a'))
      await bench.clock.advance(2000)
      expect(await bench.clock.run(outcome(producer.commitTransaction()))).toMatchObject({
        code: 'FAUST_PRODUCER_FENCED',
      })
      await bench.clock.run(producer.init())
      await transact(bench, producer, 'b')
      expect(committed(bench)).toEqual(['b'])
    })

    test('after that and with nothing open, cannot be told from a rival: it stops, and the next process goes on', async () => {
      const bench = new Bench({ kind })
      const producer = bench.producer(ID)
      bench.next('InitProducerId', { late: 1000 })
      await bench.clock.run(producer.init())
      await transact(bench, producer, 'a')
      await bench.clock.advance(2000)
      producer.beginTransaction()
      expect(await bench.clock.run(outcome(send(producer, 0, 'b')))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
      expect(await bench.clock.run(outcome(producer.init()))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
      await transact(bench, await bench.ready(ID), 'c')
      expect(committed(bench)).toEqual(['a', 'c'])
    })

    test('two that start at once with lost tries do not fence each other for ever', async () => {
      const bench = new Bench({ kind })
      const both = [bench.producer(ID), bench.producer(ID)]
      bench.next('InitProducerId', 'answer lost', 'answer lost', 'answer lost', 'answer lost')
      const inits = await bench.clock.run(Promise.all(both.map((each) => outcome(each.init()))))
      expect(inits).toEqual([undefined, undefined])
      expect(epochs(bench).length).toBeLessThanOrEqual(16)
    })
  })

  describe.each([true, false])('where leaders ask the coordinator: %s', (verifies) => {
    test('a batch of unknown fate neither joins the next transaction nor hangs', async () => {
      const bench = new Bench({ kind, verifies })
      const producer = await bench.ready(ID)
      producer.beginTransaction()
      await bench.clock.run(send(producer, 0, 'a'))
      const mend = bench.always('Produce', { late: 12_000 })
      expect(await bench.clock.run(outcome(send(producer, 0, 'ghost')))).toMatchObject({
        code: 'FAUST_DELIVERY_UNKNOWN',
      })
      mend()
      await bench.clock.run(producer.init())
      producer.beginTransaction()
      await bench.clock.run(send(producer, 1, 'elsewhere'))
      await bench.clock.advance(4000)
      await bench.clock.run(send(producer, 0, 'b'))
      await bench.clock.run(producer.commitTransaction())
      await bench.clock.advance(20_000)
      expect(committed(bench)).toEqual(['b'])
      expect(bench.broker.log(TOPIC, 0).isHanging).toBe(false)
    })

    test('an abort after it begins a new epoch as well', async () => {
      const bench = new Bench({ kind, verifies })
      const producer = await bench.ready(ID)
      producer.beginTransaction()
      await bench.clock.run(send(producer, 0, 'a'))
      bench.next('Produce', { error: 45 })
      await bench.clock.run(outcome(send(producer, 0, 'b')))
      expect(await bench.clock.run(outcome(producer.commitTransaction()))).toMatchObject({
        code: 'FAUST_TRANSACTION_ABORTABLE',
      })
      await bench.clock.run(producer.abortTransaction())
      await transact(bench, producer, 'c')
      expect(committed(bench)).toEqual(['c'])
    })
  })

  describe('a request that was given up and arrives late', () => {
    test.each(ENDS)('%s of the one before', async (end) => {
      const bench = new Bench({ kind })
      const producer = await bench.ready(ID)
      producer.beginTransaction()
      await bench.clock.run(send(producer, 0, 'a'))
      bench.next('EndTxn', { late: 300 })
      await bench.clock.run(producer[end]())
      const begun = bench.clock.monotonic()
      producer.beginTransaction()
      await bench.clock.run(send(producer, 0, 'b'))
      expect(bench.clock.monotonic() - begun).toBeLessThan(200)
      await bench.clock.advance(400)
      await bench.clock.run(send(producer, 0, 'c'))
      // Nothing of it is visible yet, and nothing is lost.
      expect(committed(bench)).toEqual(end === 'commitTransaction' ? ['a'] : [])
      await bench.clock.run(producer.commitTransaction())
      await bench.clock.advance(10)
      expect(committed(bench)).toEqual(end === 'commitTransaction' ? ['a', 'b', 'c'] : ['b', 'c'])
    })

    test.each(['AddPartitionsToTxn', 'AddOffsetsToTxn'])('%s opens nothing', async (api) => {
      const bench = new Bench({ kind })
      const producer = await bench.ready(ID)
      const membership = { group: 'g', memberId: '', generation: -1 }
      producer.beginTransaction()
      bench.next(api, { late: 400 })
      const sent = send(producer, 0, 'a')
      await bench.clock.run(producer.sendOffsets([{ topic: 'in', partition: 0, offset: 1 }], membership))
      await bench.clock.run(producer.commitTransaction())
      await sent
      await bench.clock.advance(60_000)
      await transact(bench, producer, 'b')
      expect(committed(bench)).toEqual(['a', 'b'])
      expect(epochs(bench)).toHaveLength(2)
    })

    test('TxnOffsetCommit does not move offsets back', async () => {
      const bench = new Bench({ kind, verifies: false })
      const producer = await bench.ready(ID)
      const membership = { group: 'g', memberId: '', generation: -1 }
      const offsets = (offset: number) => [{ topic: 'in', partition: 0, offset }]
      producer.beginTransaction()
      bench.next('TxnOffsetCommit', { late: 500 })
      await bench.clock.run(producer.sendOffsets(offsets(1), membership))
      // A second one in the same transaction might be overtaken.
      expect(await bench.clock.run(outcome(producer.sendOffsets(offsets(2), membership)))).toMatchObject({
        code: 'FAUST_TRANSACTION_ABORTABLE',
      })
      await bench.clock.run(producer.abortTransaction())
      producer.beginTransaction()
      await bench.clock.run(producer.sendOffsets(offsets(3), membership))
      await bench.clock.advance(1000)
      await bench.clock.run(producer.commitTransaction())
      await bench.clock.advance(10)
      expect(bench.broker.groups.committed.get('g in 0')).toBe(3)
    })
  })

  test('an init waits for a new epoch that is under way', async () => {
    const bench = new Bench({ kind })
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    await bench.clock.run(send(producer, 0, 'a'))
    bench.next('EndTxn', 'answer lost')
    bench.next('InitProducerId', { slow: 300 })
    await bench.clock.run(producer.commitTransaction())
    await bench.clock.advance(50)
    const again = producer.init()
    await bench.clock.advance(100)
    expect(bench.requests('InitProducerId')).toHaveLength(2)
    await bench.clock.run(again)
    await transact(bench, producer, 'b')
    expect(committed(bench)).toEqual(['a', 'b'])
  })

  test('a new epoch that cannot be had after strays makes the next transaction fail, and init mends it', async () => {
    const bench = new Bench({ kind })
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    await bench.clock.run(send(producer, 0, 'a'))
    bench.next('EndTxn', 'answer lost')
    const mend = bench.always('InitProducerId', 'unsent')
    await bench.clock.run(producer.commitTransaction())
    producer.beginTransaction()
    const stuck = outcome(send(producer, 0, 'b'))
    expect(await bench.clock.run(stuck)).toMatchObject({ code: 'FAUST_TRANSPORT_UNAVAILABLE' })
    await bench.clock.run(outcome(producer.commitTransaction()))
    mend()
    await bench.clock.run(producer.init())
    await transact(bench, producer, 'c')
    expect(committed(bench)).toEqual(['a', 'c'])
  })
})

test('49, a forgotten id, is settled by init as well', async () => {
  const bench = new Bench()
  const producer = await bench.ready(ID)
  producer.beginTransaction()
  bench.next('AddPartitionsToTxn', { error: 49 })
  expect(await bench.clock.run(outcome(send(producer, 0, 'a')))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
  await bench.clock.run(producer.init())
  await transact(bench, producer, 'b')
  expect(committed(bench)).toEqual(['b'])
})

test('a transactionTimeout that the broker refuses is a setting to mend', async () => {
  const bench = new Bench()
  bench.next('InitProducerId', { error: 50 })
  const producer = bench.producer({ ...ID, transactionTimeout: 1_000_000 })
  expect(await bench.clock.run(outcome(producer.init()))).toMatchObject({ code: 'FAUST_SETTING_INVALID' })
})
