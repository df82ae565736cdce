import type { GroupMembership, Producer } from '@faust/core'
import { describe, expect, test } from 'vitest'
import type { AddPartitionsToTxnRequest } from '../../src/requests/add-partitions-to-txn.ts'
import type { EndTxnRequest } from '../../src/requests/end-txn.ts'
import type { InitProducerIdRequest } from '../../src/requests/init-producer-id.ts'
import type { TxnOffsetCommitRequest } from '../../src/requests/txn-offset-commit.ts'
import { Bench, outcome, send, TOPIC } from './support/bench.ts'

const ID = { transactionalId: 'worker-1' }
const GROUP = 'copiers'
const MEMBER: GroupMembership = { group: GROUP, memberId: 'm1', generation: 4 }

const committed = (bench: Bench, partition: number): string[] => bench.broker.log(TOPIC, partition).committed

async function transact(bench: Bench, producer: Producer, ...values: string[]): Promise<void> {
  producer.beginTransaction()
  const sends = values.map((value, index) => send(producer, index % 4, value))
  await bench.clock.run(producer.commitTransaction())
  await Promise.all(sends)
  await bench.clock.advance(20)
}

describe('a transaction', () => {
  test('that wrote nothing sends nothing', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    const { length } = bench.network.sent
    for (let turn = 0; turn < 3; turn++) {
      producer.beginTransaction()
      await bench.clock.run(producer.commitTransaction())
      producer.beginTransaction()
      await bench.clock.run(producer.abortTransaction())
    }
    expect(bench.network.sent).toHaveLength(length)
  })

  test('adds all new partitions in one request, which is answered before their first Produce', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    await transact(bench, producer, 'warm', 'warm', 'warm', 'warm')
    bench.network.sent.length = 0
    producer.beginTransaction()
    const sends = [0, 1, 2, 3].map((partition) => send(producer, partition, 'a'))
    bench.next('AddPartitionsToTxn', { slow: 100 })
    await bench.clock.advance(90)
    expect(bench.network.apis).toEqual(['AddPartitionsToTxn'])
    expect(bench.requests<AddPartitionsToTxnRequest>('AddPartitionsToTxn')[0]?.partitions).toHaveLength(4)
    await bench.clock.run(Promise.all(sends))
    await bench.clock.run(send(producer, 0, 'b'))
    await bench.clock.run(producer.commitTransaction())
    expect(bench.network.apis).toEqual(['AddPartitionsToTxn', 'Produce', 'Produce', 'Produce', 'EndTxn'])
    await bench.clock.advance(10)
    expect([0, 1].map((partition) => committed(bench, partition))).toEqual([
      ['warm', 'a', 'b'],
      ['warm', 'a'],
    ])
  })

  test('that is aborted leaves nothing, and the next one under the same epoch is whole', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    await bench.clock.run(send(producer, 0, 'gone'))
    await bench.clock.run(producer.abortTransaction())
    await transact(bench, producer, 'kept')
    expect(committed(bench, 0)).toEqual(['kept'])
    expect(bench.requests('InitProducerId')).toHaveLength(1)
  })

  test.each(['AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn', 'InitProducerId', 'Produce'])(
    'repeats %s after 1, 2, 4 … 20 ms while the one before is being ended (51)',
    async (api) => {
      const bench = new Bench()
      const times: number[] = []
      let left = 8
      bench.always(api, () => {
        times.push(bench.clock.monotonic())
        return left-- > 0 ? { error: 51 } : 'served'
      })
      const producer = await bench.ready(ID)
      producer.beginTransaction()
      const sent = send(producer, 0, 'a')
      await bench.clock.run(producer.sendOffsets([{ topic: 'in', partition: 0, offset: 5 }], MEMBER))
      await bench.clock.run(producer.commitTransaction())
      await sent
      // The way there and back takes 2 ms, and delays are spread by a fifth.
      const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0) - 2)
      for (const [index, expected] of [1, 2, 4, 8, 16, 20, 20, 20].entries()) {
        expect(waits[index]).toBeGreaterThanOrEqual(expected * 0.8 - 1e-6)
        expect(waits[index]).toBeLessThanOrEqual(expected * 1.2 + 1e-6)
      }
    },
  )

  test('has one at a time, and ends once', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    expect(await outcome(producer.commitTransaction())).toMatchObject({ code: 'FAUST_TRANSACTION_STATE' })
    expect(await outcome(producer.abortTransaction())).toMatchObject({ code: 'FAUST_TRANSACTION_STATE' })
    expect(await outcome(send(producer, 0, 'outside'))).toMatchObject({ code: 'FAUST_TRANSACTION_STATE' })
    producer.beginTransaction()
    expect(() => producer.beginTransaction()).toThrow(/transaction open/)
    const ending = producer.commitTransaction()
    expect(await outcome(send(producer, 0, 'too late'))).toMatchObject({ code: 'FAUST_TRANSACTION_STATE' })
    await bench.clock.run(ending)
    const plain = await bench.ready()
    expect(() => plain.beginTransaction()).toThrow(/no transactional id/)
  })

  test('partitions that join later are added then', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    for (const partition of [0, 1, 0, 2]) await bench.clock.run(send(producer, partition, 'a'))
    await bench.clock.run(producer.commitTransaction())
    const added = bench.requests<AddPartitionsToTxnRequest>('AddPartitionsToTxn')
    expect(added.map(({ partitions }) => partitions.map(({ partition }) => partition))).toEqual([[0], [1], [2]])
  })
})

describe('offsets', () => {
  test('travel with member, generation, instance and metadata (KIP-447)', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    const offsets = [{ topic: 'in', partition: 0, offset: 7, metadata: 'time', leaderEpoch: 3 }]
    await bench.clock.run(producer.sendOffsets(offsets, { ...MEMBER, instanceId: 'i1' }))
    expect(bench.broker.groups.committed.size).toBe(0)
    await bench.clock.run(producer.commitTransaction())
    await bench.clock.advance(10)
    expect(bench.broker.groups.committed).toEqual(new Map([[`${GROUP} in 0`, 7]]))
    expect(bench.requests<TxnOffsetCommitRequest>('TxnOffsetCommit')[0]).toMatchObject({
      group: GROUP,
      memberId: 'm1',
      generation: 4,
      instanceId: 'i1',
      offsets: [{ topic: 'in', partition: 0, offset: 7, metadata: 'time', leaderEpoch: 3 }],
    })
  })

  test('of several calls at once are all stored, a later one moves an earlier one, and a group is added once', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    const calls = [1, 2, 3].flatMap((offset) =>
      [0, 1].map((partition) => producer.sendOffsets([{ topic: 'in', partition, offset }], MEMBER)),
    )
    await bench.clock.run(producer.commitTransaction())
    await Promise.all(calls)
    await bench.clock.advance(10)
    expect(Object.fromEntries(bench.broker.groups.committed)).toEqual({ [`${GROUP} in 0`]: 3, [`${GROUP} in 1`]: 3 })
    expect(bench.requests('AddOffsetsToTxn')).toHaveLength(1)
  })

  test.each([
    [{ memberId: 'm1', generation: 5 }, 'FAUST_GENERATION_STALE'],
    [{ memberId: 'm2', generation: 4 }, 'FAUST_MEMBER_UNKNOWN'],
  ])('of %o are refused, let no commit pass, and go with the membership of now', async (now, code) => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    bench.broker.groups.members.set(GROUP, now)
    const offsets = [{ topic: 'in', partition: 0, offset: 7 }]
    producer.beginTransaction()
    await bench.clock.run(send(producer, 0, 'zombie'))
    expect(await bench.clock.run(outcome(producer.sendOffsets(offsets, MEMBER)))).toMatchObject({ code })
    // Offsets of others that are accepted do not make up for it.
    await bench.clock.run(producer.sendOffsets([{ topic: 'in', partition: 1, offset: 1 }], { group: GROUP, ...now }))
    expect(await bench.clock.run(outcome(producer.commitTransaction()))).toMatchObject({
      code: 'FAUST_TRANSACTION_ABORTABLE',
      error: { cause: { code } },
    })
    await bench.clock.run(producer.abortTransaction())
    producer.beginTransaction()
    await bench.clock.run(send(producer, 0, 'mine'))
    await bench.clock.run(outcome(producer.sendOffsets(offsets, MEMBER)))
    await bench.clock.run(producer.sendOffsets(offsets, { group: GROUP, ...now }))
    await bench.clock.run(producer.commitTransaction())
    await bench.clock.advance(10)
    expect(bench.broker.groups.committed.get(`${GROUP} in 0`)).toBe(7)
    expect(committed(bench, 0)).toEqual(['mine'])
  })

  test('82 names the instance that was replaced', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    bench.next('TxnOffsetCommit', { error: 82 })
    const offsets = [{ topic: 'in', partition: 0, offset: 7 }]
    expect(await bench.clock.run(outcome(producer.sendOffsets(offsets, MEMBER)))).toMatchObject({
      code: 'FAUST_INSTANCE_FENCED',
    })
    await bench.clock.run(producer.abortTransaction())
  })

  test('that could not be sent let no commit pass', async () => {
    const bench = new Bench()
    const producer = await bench.ready({ ...ID, transactionTimeout: 3000 })
    producer.beginTransaction()
    bench.always('TxnOffsetCommit', 'request lost')
    const offsets = [{ topic: 'in', partition: 0, offset: 7 }]
    expect(await bench.clock.run(outcome(producer.sendOffsets(offsets, MEMBER)))).toMatchObject({
      code: 'FAUST_TRANSPORT_UNAVAILABLE',
    })
    expect(await bench.clock.run(outcome(producer.commitTransaction()))).toMatchObject({
      code: 'FAUST_TRANSACTION_ABORTABLE',
    })
  })

  test('follow the group coordinator, the rest the transaction coordinator', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    for (const api of ['AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn']) {
      bench.next(api, { error: 16 }, { error: 15 }, { error: 14 }, 'unsent')
    }
    const sent = send(producer, 0, 'a')
    await bench.clock.run(producer.sendOffsets([{ topic: 'in', partition: 0, offset: 7 }], MEMBER))
    await bench.clock.run(producer.commitTransaction())
    await sent
    await bench.clock.advance(10)
    expect(bench.cluster.forgotten).toBe(12)
    expect(committed(bench, 0)).toEqual(['a'])
    expect(bench.broker.groups.committed.get(`${GROUP} in 0`)).toBe(7)
  })
})

describe('what is refused in a transaction lets it only be aborted', () => {
  test.each([10, 18, 48, 120, 29, 87])('error %i of Produce', async (code) => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    await bench.clock.run(send(producer, 1, 'half'))
    bench.next('Produce', { error: code })
    const refused = await bench.clock.run(outcome(send(producer, 0, 'bad')))
    expect(refused).toHaveProperty('code')
    const other = await bench.clock.run(outcome(producer.commitTransaction()))
    expect(other).toMatchObject({ code: 'FAUST_TRANSACTION_ABORTABLE' })
    await bench.clock.run(producer.abortTransaction())
    await transact(bench, producer, 'x', 'whole')
    expect(committed(bench, 1)).toEqual(['whole'])
    expect(bench.requests('InitProducerId')).toHaveLength(1)
  })

  test('but not a topic that a coordinator does not know yet', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    bench.next('AddPartitionsToTxn', { error: 3 }, { error: 3 })
    bench.next('TxnOffsetCommit', { error: 3 }, { error: 3 })
    const sent = send(producer, 0, 'a')
    await bench.clock.run(producer.sendOffsets([{ topic: 'in', partition: 0, offset: 7 }], MEMBER))
    await bench.clock.run(producer.commitTransaction())
    await sent
    await bench.clock.advance(10)
    expect(committed(bench, 0)).toEqual(['a'])
    expect(bench.broker.groups.committed.get(`${GROUP} in 0`)).toBe(7)
  })

  test('a missing topic, while others join without it', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    await transact(bench, producer, 'a', 'a')
    bench.broker.logs.delete(`${TOPIC} 1`)
    producer.beginTransaction()
    const sends = [0, 1, 2].map((partition) => outcome(send(producer, partition, 'b')))
    expect(await bench.clock.run(Promise.all(sends))).toMatchObject([2, { code: 'FAUST_TOPIC_MISSING' }, 0])
    expect(await bench.clock.run(outcome(producer.commitTransaction()))).toMatchObject({
      code: 'FAUST_TRANSACTION_ABORTABLE',
    })
    await bench.clock.run(producer.abortTransaction())
  })

  test('a partition that may not be written', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    bench.next('AddPartitionsToTxn', { error: 29 })
    expect(await bench.clock.run(outcome(send(producer, 0, 'b')))).toMatchObject({ code: 'FAUST_NOT_AUTHORIZED' })
    await bench.clock.run(producer.abortTransaction())
    await transact(bench, producer, 'c')
    expect(committed(bench, 0)).toEqual(['c'])
  })
})

describe('EndTxn', () => {
  test.each(['request lost', 'answer lost', 'unsent'] as const)('is repeated with the same epoch: %s', async (fate) => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    bench.next('EndTxn', fate, fate, fate)
    await transact(bench, producer, 'a')
    expect(committed(bench, 0)).toEqual(['a'])
    const epochs = bench
      .requests<EndTxnRequest>('EndTxn')
      .filter(({ commit }) => commit)
      .map((each) => each.producerEpoch)
    expect(new Set(epochs)).toEqual(new Set([0]))
  })

  test('without an answer for the time of the transaction leaves the outcome unknown, and init settles it', async () => {
    for (const fate of ['request lost', 'answer lost'] as const) {
      const bench = new Bench()
      const producer = await bench.ready(ID)
      producer.beginTransaction()
      await bench.clock.run(send(producer, 0, 'a'))
      const mend = bench.always('EndTxn', fate)
      const begun = bench.clock.monotonic()
      expect(await bench.clock.run(outcome(producer.commitTransaction()))).toMatchObject({
        code: 'FAUST_TRANSPORT_UNAVAILABLE',
        error: { message: expect.stringContaining('read the committed offsets') },
      })
      expect(bench.clock.monotonic() - begun).toBeLessThan(11_000)
      expect(() => producer.beginTransaction()).toThrow(/does not know/)
      mend()
      await bench.clock.run(producer.init())
      await bench.clock.advance(10)
      expect(committed(bench, 0)).toEqual(fate === 'answer lost' ? ['a'] : [])
      await transact(bench, producer, 'b')
      expect(committed(bench, 0).at(-1)).toBe('b')
      expect(bench.broker.log(TOPIC, 0).isHanging).toBe(false)
    }
  })

  test('an abort of what the coordinator does not have open is done', async () => {
    const bench = new Bench()
    const producer = await bench.ready(ID)
    producer.beginTransaction()
    bench.next('AddPartitionsToTxn', { error: 29 })
    await bench.clock.run(outcome(send(producer, 0, 'a')))
    await bench.clock.run(producer.abortTransaction())
    expect(bench.requests('EndTxn')).toHaveLength(1)
    await transact(bench, producer, 'b')
  })
})

test('the first init takes the id over, every later one proves who it is', async () => {
  const bench = new Bench()
  const producer = await bench.ready(ID)
  for (let turn = 0; turn < 3; turn++) {
    producer.beginTransaction()
    await bench.clock.run(send(producer, 0, 'left open'))
    await bench.clock.run(producer.init())
  }
  const asked = bench.requests<InitProducerIdRequest>('InitProducerId').map(({ producerEpoch }) => producerEpoch)
  expect(asked.filter((epoch) => epoch < 0)).toHaveLength(1)
  expect(asked[0]).toBe(-1)
  expect(committed(bench, 0)).toEqual([])
})

test('close aborts an open transaction', async () => {
  const bench = new Bench()
  const producer = await bench.ready({ ...ID, transactionTimeout: 60_000 })
  producer.beginTransaction()
  await bench.clock.run(send(producer, 0, 'gone'))
  await bench.clock.run(producer.close())
  await bench.clock.advance(10)
  expect(bench.broker.log(TOPIC, 0).isHanging).toBe(false)
  expect(committed(bench, 0)).toEqual([])
  expect(await outcome(producer.commitTransaction())).toMatchObject({ code: 'FAUST_CLOSED' })
})

test('also one with a batch of unknown fate', async () => {
  const bench = new Bench()
  const producer = await bench.ready({ ...ID, transactionTimeout: 60_000 })
  producer.beginTransaction()
  await bench.clock.run(send(producer, 0, 'gone'))
  bench.next('Produce', { error: 45 })
  await bench.clock.run(outcome(send(producer, 0, 'unknown')))
  await bench.clock.run(producer.close())
  await bench.clock.advance(10)
  expect(bench.broker.log(TOPIC, 0).isHanging).toBe(false)
})
