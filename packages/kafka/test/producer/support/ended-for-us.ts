import { expect, test } from 'vitest'
import { initProducerIdApi } from '../../../src/requests/init-producer-id.ts'
import { outcome } from './bench.ts'
import { RealCluster, sendTo, unique } from './real-cluster.ts'

/** What a coordinator does to a transaction that it ends for its producer, tried on a broker of some version. */
export function endedForUs(brokers: () => readonly string[]): void {
  test.each(['commitTransaction', 'abortTransaction'] as const)(
    'a time-out that %s finds is told from fencing: init goes on',
    async (end) => {
      await using kafka = await RealCluster.connect(brokers())
      const topic = await kafka.topic()
      const producer = await kafka.producer({ transactionalId: unique(), transactionTimeout: 2000 })
      for (let turn = 0; turn < 2; turn++) {
        producer.beginTransaction()
        await sendTo(producer, topic, 0, 'too late')
        await kafka.settled(topic)
        expect(await outcome(producer[end]())).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
        await producer.init()
        producer.beginTransaction()
        await sendTo(producer, topic, 0, `next ${turn}`)
        await producer.commitTransaction()
      }
      expect(await kafka.read(topic)).toEqual(['next 0', 'next 1'])
    },
  )

  test('init ends what is open, and a rival fences for good', async () => {
    await using kafka = await RealCluster.connect(brokers())
    const topic = await kafka.topic()
    const options = { transactionalId: unique(), transactionTimeout: 60_000 }
    const first = await kafka.producer(options)
    first.beginTransaction()
    await sendTo(first, topic, 0, 'left open')
    await first.init()
    first.beginTransaction()
    await sendTo(first, topic, 0, 'of the first')
    const second = await kafka.producer(options)
    expect(await outcome(first.commitTransaction())).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    expect(await outcome(first.init())).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    second.beginTransaction()
    await sendTo(second, topic, 0, 'of the second')
    await second.commitTransaction()
    expect(await kafka.read(topic)).toEqual(['of the second'])
  })

  test('a first init that arrives late is taken for a time-out when a transaction is open, for a rival otherwise', async () => {
    await using kafka = await RealCluster.connect(brokers())
    const topic = await kafka.topic()
    const transactionalId = unique()
    kafka.connection.lose('InitProducerId', 2)
    const producer = await kafka.producer({ transactionalId, transactionTimeout: 60_000 })
    const late = async (): Promise<number> => {
      const node = await kafka.cluster.coordinator('transaction', transactionalId, { within: 60_000 })
      const request = { transactionalId, transactionTimeout: 60_000, producerId: -1n, producerEpoch: -1 }
      return (await kafka.connection.send(node, 'control', initProducerIdApi, request)).error
    }
    producer.beginTransaction()
    await sendTo(producer, topic, 0, 'a')
    // It ends what is open, and nobody repeats it.
    await late()
    await kafka.settled(topic)
    expect(await outcome(producer.commitTransaction())).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    await producer.init()
    producer.beginTransaction()
    await sendTo(producer, topic, 0, 'b')
    await producer.commitTransaction()
    // Refused as long as the coordinator is still ending the transaction before.
    await expect.poll(late).toBe(0)
    producer.beginTransaction()
    expect(await outcome(sendTo(producer, topic, 0, 'c'))).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    expect(await outcome(producer.init())).toMatchObject({ code: 'FAUST_PRODUCER_FENCED' })
    const next = await kafka.producer({ transactionalId, transactionTimeout: 60_000 })
    next.beginTransaction()
    await sendTo(next, topic, 0, 'd')
    await next.commitTransaction()
    expect(await kafka.read(topic)).toEqual(['b', 'd'])
  })

  test('a commit whose answers are lost for too long is settled by init', async () => {
    await using kafka = await RealCluster.connect(brokers())
    const topic = await kafka.topic()
    const producer = await kafka.producer({ transactionalId: unique(), transactionTimeout: 3000 })
    producer.beginTransaction()
    await sendTo(producer, topic, 0, 'a')
    kafka.connection.lose('EndTxn', 1000)
    expect(await outcome(producer.commitTransaction())).toMatchObject({ code: 'FAUST_TRANSPORT_UNAVAILABLE' })
    kafka.connection.lose('EndTxn', 0)
    await producer.init()
    producer.beginTransaction()
    await sendTo(producer, topic, 0, 'b')
    await producer.commitTransaction()
    expect(await kafka.read(topic)).toEqual(['a', 'b'])
  })

  test('a batch of unknown fate is ended with its transaction', async () => {
    await using kafka = await RealCluster.connect(brokers())
    const topic = await kafka.topic()
    const settings = { deliveryTimeout: 3000, requestTimeout: 1000 }
    const producer = await kafka.producer({ transactionalId: unique(), transactionTimeout: 60_000 }, settings)
    producer.beginTransaction()
    await sendTo(producer, topic, 0, 'a')
    kafka.connection.lose('Produce', 1000)
    expect(await outcome(sendTo(producer, topic, 0, 'b'))).toMatchObject({ code: 'FAUST_DELIVERY_UNKNOWN' })
    kafka.connection.lose('Produce', 0)
    await producer.abortTransaction()
    producer.beginTransaction()
    await sendTo(producer, topic, 0, 'c')
    await producer.commitTransaction()
    expect(await kafka.read(topic)).toEqual(['c'])
  })
}
