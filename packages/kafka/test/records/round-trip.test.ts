import { NO_HEADERS } from '@faust/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BatchBuilder, readBatchHeader, type CompressionName } from '../../src/index.ts'
import { offset, stampedList } from '../support/arbitraries.ts'
import { batch, readAll, record } from '../support/batches.ts'
import { bytes, concat } from '../support/bytes.ts'
import { compressions } from '../support/compressions.ts'

const compression: fc.Arbitrary<CompressionName> = fc.constantFrom(...compressions)

test('what is written is read, compressed or not, wherever the batch lies', () => {
  fc.assert(
    fc.property(stampedList, compression, offset, fc.nat(100), (records, compression, baseOffset, leaderEpoch) => {
      const { records: read, ...rest } = readAll(batch(records, { compression, baseOffset, leaderEpoch }), {
        position: baseOffset,
      })
      expect(read).toEqual(
        records.map(({ key, value, timestamp, headers }, i) => ({
          offset: baseOffset + i,
          timestamp,
          key,
          value,
          headers: headers ?? [],
        })),
      )
      const size = records.reduce(
        (sum, { key, value, headers = [] }) =>
          headers.reduce(
            (sum, [name, value]) => sum + bytes(name).length + (value?.length ?? 0),
            sum + (key?.length ?? 0) + (value?.length ?? 0),
          ),
        0,
      )
      expect(rest).toEqual({ position: baseOffset + records.length, leaderEpoch, sizes: [size] })
    }),
  )
})

test('the header says what the batch was sealed with', () => {
  const producerId = 2n ** 62n + 1n
  const records = [record('a', '1', 50), record('b', '2', 70), record('c', '3', 60)]
  const sealed = batch(records, { producerId, producerEpoch: 7, baseSequence: 2 ** 31 - 1, transactional: true })
  expect(readBatchHeader(sealed)).toMatchObject({
    baseOffset: 0,
    lastOffset: 2,
    lastOffsetDelta: 2,
    leaderEpoch: -1,
    magic: 2,
    codec: 0,
    logAppendTime: false,
    transactional: true,
    control: false,
    baseTimestamp: 50,
    maxTimestamp: 70,
    producerId,
    producerEpoch: 7,
    baseSequence: 2 ** 31 - 1,
    count: 3,
  })
})

test('records without headers share one empty list, and others keep order and repetition', () => {
  const headers = [
    ['a', bytes('1')],
    ['a', null],
    ['ü€😀', bytes('')],
    ['', bytes('2')],
  ] as const
  const { records } = readAll(
    batch([record('a', '1'), { ...record('b', '2'), headers }, { ...record('c', '3'), headers }]),
  )
  expect(records[0]!.headers).toBe(NO_HEADERS)
  expect(records[1]!.headers).toEqual(headers)
  expect(records[2]!.headers).toEqual(headers)
})

test('what is read are views that nobody else writes to', () => {
  const sealed = batch([record('key', 'value')])
  const { key, value } = readAll(sealed).records[0]!
  expect(key!.buffer).toBe(sealed.buffer)
  expect(value!.buffer).toBe(sealed.buffer)
  // A Buffer's `slice` would not copy.
  expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype)
})

test('a timestamp 25 days before the first one of its batch', () => {
  const now = 1_700_000_000_000
  const day = 86_400_000
  const records = [now, now - 25 * day, now + 25 * day, now - 25 * day - 1].map((at) => record(null, 'v', at))
  expect(readAll(batch(records)).records.map(({ timestamp }) => timestamp)).toEqual(
    records.map(({ timestamp }) => timestamp),
  )
})

test('several batches in a row, from the middle of the first', () => {
  const all = concat(
    batch([record('a', '0'), record('b', '1')], { baseOffset: 10, leaderEpoch: 1 }),
    batch([record('c', '2')], { baseOffset: 12, leaderEpoch: 1, compression: 'gzip' }),
    batch([record('d', '3')], { baseOffset: 20, leaderEpoch: 2 }),
  )
  const { records, position, leaderEpoch } = readAll(all, { position: 11 })
  expect(records.map(({ offset }) => offset)).toEqual([11, 12, 20])
  expect({ position, leaderEpoch }).toEqual({ position: 21, leaderEpoch: 2 })
})

test('offsets with gaps, and a batch that ends behind its last record', () => {
  const sparse = [
    { ...record('a', '0'), delta: 2 },
    { ...record('b', '1'), delta: 7 },
    { ...record('c', '2'), delta: 300 },
  ]
  const { records, position } = readAll(batch(sparse, { baseOffset: 2 ** 33, lastOffsetDelta: 400 }))
  expect(records.map(({ offset }) => offset - 2 ** 33)).toEqual([2, 7, 300])
  expect(position).toBe(2 ** 33 + 401)
})

test('a builder tells its size before and after, and is empty when it was sealed', () => {
  const builder = new BatchBuilder()
  expect([builder.count, builder.size]).toEqual([0, 61])
  const seal = { producerId: 1n, producerEpoch: 0, baseSequence: 0, transactional: false, compression: 'none' } as const
  for (const one of [record('a', '1', 5), { ...record('b'.repeat(100), null, 9), headers: [['h', null]] as const }]) {
    const size = builder.sizeWith(one, one.timestamp)
    builder.add(one, one.timestamp)
    expect(builder.size).toBe(size)
  }
  const expected = builder.size
  const first = builder.seal(seal)
  expect(first.length).toBe(expected)
  expect([builder.count, builder.size]).toEqual([0, 61])
  builder.add(record('z', '9'), 7)
  const second = builder.seal(seal)
  expect(readAll(first).records).toHaveLength(2)
  expect(readAll(second).records).toMatchObject([{ offset: 0, timestamp: 7 }])
})

test.each([1.5, Number.NaN, -2, 2 ** 53, Number.POSITIVE_INFINITY])('the timestamp %d is refused', (timestamp) => {
  const builder = new BatchBuilder()
  builder.add(record('a', '1'), 5)
  const before = builder.size
  expect(() => builder.add(record('b', '2'), timestamp)).toThrow(
    expect.objectContaining({ code: 'FAUST_RECORD_INVALID' }),
  )
  expect([builder.count, builder.size]).toEqual([1, before])
})
