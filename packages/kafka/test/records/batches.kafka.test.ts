import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OutgoingRecord } from '@faust/core'
import { kafkaTool } from '@faust-tools/services'
import { expect, inject, onTestFinished, test } from 'vitest'
import { BatchBuilder, encodeMarker, produceApi, readBatchHeader, type CompressionName } from '../../src/index.ts'
import { batch, codecs, record } from '../support/batches.ts'
import { bytes, concat } from '../support/bytes.ts'
import { compressions, hasZstd } from '../support/compressions.ts'
import { asJava, fetchAll } from '../support/fetch.ts'
import { createTopic } from '../support/create-topic.ts'
import { consumed, java } from '../support/java.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { keep } from '../support/recorded.ts'

const broker = inject('kafkaBrokers')[0]!
const unique = (what: string): string => `kafka-${what}-${randomUUID().slice(0, 8)}`
/** All kinds of records, and more of them than fit into any codec's block. */
function manyRecords(): (OutgoingRecord & { timestamp: number })[] {
  const now = 1_700_000_000_000
  const day = 86_400_000
  const headers = [
    ['a', bytes('1')],
    ['ü€😀', bytes('')],
    ['a', null],
    ['', bytes('2')],
  ] as const
  return [
    record('key', 'value', now),
    record(null, 'no key', now + 1),
    record('no value', null, now - 25 * day),
    record('', '', now + 25 * day),
    { ...record('headers', 'v', now), headers },
    record(null, null, now + 3),
    ...Array.from({ length: 2000 }, (_, i) =>
      record(`key-${i % 100}`, JSON.stringify({ number: i, text: (i * 7919).toString(16).repeat(20) }), now + i),
    ),
  ]
}

test.skipIf(!hasZstd)('with zstd, which Node has from 22.15 on, every codec of Kafka is tried here', () => {
  expect(compressions).toHaveLength(5)
})

test("Kafka's consumer reads what is written here, packed in every way", async () => {
  const topic = unique('ours')
  await createTopic(broker, topic, compressions.length)
  await using connection = await RawConnection.open(broker)
  const records = manyRecords()
  for (const [partition, compression] of compressions.entries()) {
    const builder = new BatchBuilder()
    for (const one of records) builder.add(one, one.timestamp)
    const sealed = builder.seal({
      producerId: -1n,
      producerEpoch: -1,
      baseSequence: -1,
      transactional: false,
      compression,
      codecs,
    })
    const { partitions } = await connection.send(produceApi, {
      transactionalId: null,
      acks: -1,
      timeout: 10_000,
      partitions: [{ topic, partition, records: sealed }],
    })
    expect(partitions).toMatchObject([{ topic, partition, error: 0, baseOffset: 0, logAppendTime: -1 }])
    // The broker keeps the codec: it has read the batch and taken it as it is.
    const { fetched } = await fetchAll(connection, topic, partition)
    expect(readBatchHeader(fetched[0]!.records).codec).toBe(readBatchHeader(sealed).codec)
  }
  const read = await consumed(broker, topic)
  for (const partition of compressions.keys()) {
    const expected = asJava(
      partition,
      records.map(({ key, value, headers = [], timestamp }, offset) => ({ offset, timestamp, key, value, headers })),
    )
    expect(read.filter((one) => one.partition === partition)).toEqual(expected)
  }
})

test("what Kafka's producer writes, packed in every way, is read here as Kafka's consumer reads it", async () => {
  const topic = unique('java')
  await createTopic(broker, topic, 5)
  await java('Log', 'produce', broker, topic)
  const expected = await consumed(broker, topic)
  await using connection = await RawConnection.open(broker)
  for (const partition of [0, 1, 2, 3, 4]) {
    const ofPartition = expected.filter((one) => one.partition === partition)
    expect(ofPartition).toHaveLength(1506)
    if (partition === 4 && !hasZstd) {
      await expect(fetchAll(connection, topic, partition)).rejects.toThrow(/compressed by zstd/)
      continue
    }
    const { records, fetched } = await fetchAll(connection, topic, partition)
    expect(asJava(partition, records)).toEqual(ofPartition)
    const first = readBatchHeader(fetched[0]!.records)
    expect(first).toMatchObject({ codec: partition, count: 6, producerEpoch: 0, baseSequence: 0 })
    keep(`java-${['none', 'gzip', 'snappy', 'lz4', 'zstd'][partition]!}`, {
      ...fetched[0]!,
      records: fetched[0]!.records.subarray(0, 12 + new DataView(fetched[0]!.records.slice().buffer).getInt32(8)),
      expected: ofPartition.slice(0, 6),
    })
  }
})

test('with append time all records of a batch have the time of the broker', async () => {
  const topic = unique('append')
  await createTopic(broker, topic, 1, { 'message.timestamp.type': 'LogAppendTime' })
  await using connection = await RawConnection.open(broker)
  const sealed = batch([record('a', '1', 5), record('b', '2', 9)])
  const { partitions } = await connection.send(produceApi, {
    transactionalId: null,
    acks: -1,
    timeout: 10_000,
    partitions: [{ topic, partition: 0, records: sealed }],
  })
  const time = partitions[0]!.logAppendTime
  expect(time).toBeGreaterThan(1_700_000_000_000)
  const { records, fetched } = await fetchAll(connection, topic, 0)
  expect(records.map(({ timestamp }) => timestamp)).toEqual([time, time])
  const expected = await consumed(broker, topic)
  expect(asJava(0, records)).toEqual(expected)
  keep('append-time', { ...fetched[0]!, expected })
})

test("transactions that nest, repeat and span fetches are read as Kafka's consumer reads them", async () => {
  const topic = unique('transactions')
  await createTopic(broker, topic, 1)
  await java('Log', 'transactions', broker, topic)
  const committed = await consumed(broker, topic, 'read_committed')
  const uncommitted = await consumed(broker, topic, 'read_uncommitted')
  expect(uncommitted.length).toBeGreaterThan(committed.length + 20)
  await using connection = await RawConnection.open(broker)
  // At once, some batches at a time, and batch by batch.
  for (const maxBytes of [1 << 20, 700, 1]) {
    const read = await fetchAll(connection, topic, 0, { isolation: 'read-committed', maxBytes })
    expect(asJava(0, read.records)).toEqual(committed)
    const all = await fetchAll(connection, topic, 0, { isolation: 'read-uncommitted', maxBytes })
    expect(asJava(0, all.records)).toEqual(uncommitted)
    // The log ends with a marker, which is behind the last record.
    expect(read.position).toBe(read.fetched[0]!.highWatermark)
    expect(read.position).toBeGreaterThan(uncommitted.at(-1)!.offset + 1)
    if (maxBytes === 1 << 20) keep('transactions', { ...read.fetched[0]!, expected: committed })
  }
})

test("Kafka's own tool finds every batch that is written here valid, also beyond 2^31", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'faust-kafka-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const base = 2 ** 31 + 5
  const records = [record('k1', 'v1', 10), { ...record('k2', 'v2', 20), headers: [['h', bytes('x')]] as const }]
  const sealed = compressions.map((compression: CompressionName, i) =>
    batch(records, {
      compression,
      baseOffset: base + 2 * i,
      leaderEpoch: 3,
      producerId: 2n ** 40n,
      producerEpoch: 1,
      baseSequence: 2 * i,
      transactional: true,
    }),
  )
  const end = base + 2 * sealed.length
  const log = concat(
    ...sealed,
    encodeMarker({
      type: 'abort',
      producerId: 2n ** 40n,
      producerEpoch: 1,
      timestamp: 30,
      baseOffset: end,
      leaderEpoch: 3,
      coordinatorEpoch: 7,
    }),
    batch([], { baseOffset: end + 1, lastOffsetDelta: 4, producerId: 9n, producerEpoch: 0, baseSequence: 0 }),
    batch([record('k3', 'v3', 40)], { baseOffset: end + 6, logAppendTime: 50 }),
  )
  const file = join(directory, `${String(base).padStart(20, '0')}.log`)
  await writeFile(file, log)
  const { stdout } = await kafkaTool('org.apache.kafka.tools.DumpLogSegments', [
    '--files',
    file,
    '--deep-iteration',
    '--print-data-log',
  ])
  const batches = stdout.split('\n').filter((line) => line.startsWith('baseOffset'))
  expect(batches).toHaveLength(sealed.length + 3)
  for (const line of batches) expect(line).toContain('isvalid: true')
  for (const [i, compression] of compressions.entries()) {
    const at = base + 2 * i
    expect(batches[i]).toMatch(
      new RegExp(
        `baseOffset: ${at} lastOffset: ${at + 1} count: 2 baseSequence: ${2 * i} .*producerId: ${2 ** 40} ` +
          `producerEpoch: 1 partitionLeaderEpoch: 3 .*isTransactional: true isControl: false .*` +
          `CreateTime: 20 .*compresscodec: ${compression}`,
        'i',
      ),
    )
    expect(stdout).toContain(`offset: ${at + 1} CreateTime: 20 keySize: 2 valueSize: 2`)
  }
  expect(stdout.match(/headerKeys: \[h\]/g)).toHaveLength(sealed.length)
  expect(stdout).toContain('endTxnMarker: ABORT coordinatorEpoch: 7')
  expect(stdout).toMatch(new RegExp(`baseOffset: ${end + 1} lastOffset: ${end + 5} count: 0`))
  expect(stdout).toMatch(/LogAppendTime: 50/)
})
