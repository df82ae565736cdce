import { startKafka } from '@faust-tools/services'
import { expect, test } from 'vitest'
import { initProducerIdApi, kafkaError, produceApi, readBatchHeader } from '../../src/index.ts'
import { readInt16 } from '../../src/wire/integers.ts'
import { batch, record, type Stamped } from '../support/batches.ts'
import { concat } from '../support/bytes.ts'
import { asJava, fetchAll } from '../support/fetch.ts'
import { createTopic } from '../support/create-topic.ts'
import { consumed } from '../support/java.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { keep } from '../support/recorded.ts'

const TOPIC = 'compacted'
/** Bit 6 of the attributes: the base timestamp says when tombstones of the batch may go. */
const DELETE_HORIZON = 0x40

/** A new producer. A broker that has just started answers "not yet" (14) at first. */
async function newProducer(connection: RawConnection): Promise<{ producerId: bigint; producerEpoch: number }> {
  const request = { transactionalId: null, transactionTimeout: 0, producerId: -1n, producerEpoch: -1 }
  for (let tries = 0; tries < 600; tries++) {
    const { error, producerId, producerEpoch } = await connection.send(initProducerIdApi, request)
    if (error === 0) return { producerId, producerEpoch }
    expect(kafkaError(error).retriable).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('No producer id in 60 s')
}

/** A producer of its own for each batch: of its last one the broker keeps at least the header. */
async function produce(connection: RawConnection, records: readonly Stamped[]): Promise<void> {
  const { producerId, producerEpoch } = await newProducer(connection)
  const { partitions } = await connection.send(produceApi, {
    transactionalId: null,
    acks: -1,
    timeout: 10_000,
    partitions: [
      { topic: TOPIC, partition: 0, records: batch(records, { producerId, producerEpoch, baseSequence: 0 }) },
    ],
  })
  expect(partitions[0]).toMatchObject({ error: 0, message: null })
}

test('what compaction leaves is read to the end: empty batches, gaps, tombstones with a horizon', async () => {
  await using kafka = await startKafka({ properties: { 'log.cleaner.backoff.ms': '200' } })
  const broker = kafka.brokers[0]!
  await createTopic(broker, TOPIC, 1, {
    'cleanup.policy': 'compact',
    'min.cleanable.dirty.ratio': '0.01',
    'segment.ms': '1000',
  })
  await using connection = await RawConnection.open(broker)
  const now = Date.now() - 60_000
  // A segment for each, because the records' own times lie further apart than segment.ms.
  await produce(connection, [record('a', '1', now), record('b', '1', now)])
  await produce(connection, [record('b', '2', now + 5000), record('c', '1', now + 5000), record('d', '1', now + 5000)])
  await produce(connection, [record('a', '2', now + 10_000), record('c', null, now + 10_000)])
  await produce(connection, [
    record('b', '3', now + 15_000),
    record('d', '2', now + 15_000),
    record('e', '1', now + 15_000),
  ])
  await produce(connection, [record('z', 'active', now + 20_000)])

  let log = await fetchAll(connection, TOPIC, 0)
  const left = async (): Promise<number[]> => {
    log = await fetchAll(connection, TOPIC, 0)
    return log.records.map(({ offset }) => offset)
  }
  // The cleaner may have come more than once, also before all of it was written.
  await expect.poll(left, { timeout: 120_000, interval: 200 }).toEqual([5, 6, 7, 8, 9, 10])
  const { records, position, fetched } = log
  const first = readBatchHeader(fetched[0]!.records)
  expect(first).toMatchObject({ count: 0, baseOffset: 0, lastOffset: 1 })
  expect(position).toBe(11)
  const expected = await consumed(broker, TOPIC)
  expect(asJava(0, records)).toEqual(expected)
  // A Fetch that gives nothing but an empty batch gets further all the same.
  const slow = await fetchAll(connection, TOPIC, 0, { maxBytes: 1 })
  expect(slow.records).toEqual(records)
  expect(slow.fetched[0]!.records.length).toBe(61)

  const attributes = slow.fetched.map(({ records }) => readInt16(records, 21))
  expect(attributes.some((bits) => (bits & DELETE_HORIZON) !== 0)).toBe(true)
  keep('compacted', { ...fetched[0]!, records: concat(...fetched.map(({ records }) => records)), expected })
})
