import { isFaustError, type FaustError } from '@faust/core'
import { expect, test } from 'vitest'
import { encodeMarker } from '../../src/index.ts'
import { writeBigInt64, writeInt16, writeInt32 } from '../../src/wire/integers.ts'
import { batch, readAll, reader, record, resealed, shown } from '../support/batches.ts'
import { bytes, concat } from '../support/bytes.ts'

const three = [record('a', '1', 10), record('b', '2', 20), record('c', '3', 30)]

function failure(work: () => unknown): FaustError {
  try {
    work()
  } catch (error) {
    if (isFaustError(error)) return error
    throw error
  }
  throw new Error('It did not fail')
}

test('nothing at all', () => {
  expect(readAll(new Uint8Array(0), { position: 7 })).toEqual({ records: [], position: 7, leaderEpoch: -1, sizes: [] })
})

test('with append time every record has the time of the batch', () => {
  const { records } = readAll(batch(three, { logAppendTime: 5000 }))
  expect(records.map(({ timestamp }) => timestamp)).toEqual([5000, 5000, 5000])
})

test('an empty batch, as compaction leaves it, moves the position behind its last offset', () => {
  const empty = batch([], { producerId: 4n, producerEpoch: 0, baseSequence: 3, baseOffset: 40, lastOffsetDelta: 9 })
  expect(readAll(empty, { position: 40 })).toMatchObject({ records: [], position: 50 })
  const more = concat(empty, batch(three, { baseOffset: 50 }))
  const source = reader(more, { position: 40, aborted: [] })
  expect(shown(source.read()!)).toEqual(['50:a=1', '51:b=2', '52:c=3'])
  expect(source.position).toBe(53)
})

test('markers give no records and move the position, also as the last thing there is', () => {
  const marker = { producerId: 4n, producerEpoch: 1, timestamp: 9, leaderEpoch: 6 } as const
  const log = concat(
    batch(three, { producerId: 4n, producerEpoch: 1, baseSequence: 0, transactional: true }),
    encodeMarker({ ...marker, type: 'commit', baseOffset: 3 }),
  )
  for (const aborted of [null, []]) {
    const source = reader(log, { aborted })
    expect(source.read()).toHaveLength(3)
    expect(source.position).toBe(3)
    expect(source.read()).toBeNull()
    expect([source.position, source.leaderEpoch, source.size]).toEqual([4, 6, 0])
  }
})

test('control records of the broker itself, and ones nobody knows, are passed over', () => {
  for (const type of [2, 3, 4, 5, 6, 99]) {
    const key = new Uint8Array(6)
    writeInt16(key, 0, 1)
    writeInt16(key, 2, type)
    const control = batch([{ key, value: bytes('x'), timestamp: 1 }], { control: true, baseOffset: 8 })
    expect(readAll(control, { position: 8, aborted: [] })).toMatchObject({ records: [], position: 9 })
  }
})

test('a batch that is cut short at the end is left for the next fetch, wherever it is cut', () => {
  const first = batch(three)
  const second = batch(three, { baseOffset: 3 })
  for (let cut = 0; cut < second.length; cut++) {
    expect(readAll(concat(first, second.subarray(0, cut)))).toMatchObject({ position: 3, records: { length: 3 } })
  }
})

test('the first batch is taken whatever its size, and one that is cut short is an error, not an endless loop', () => {
  const large = batch([record('k', 'v'.repeat(3_000_000))])
  expect(readAll(large).position).toBe(1)
  for (const cut of [1, 11, 16, 17, 60, 61, large.length - 1]) {
    expect(failure(() => readAll(large.subarray(0, cut), { position: 5 }))).toMatchObject({
      code: 'FAUST_ANSWER_INVALID',
      retriable: true,
      details: { topic: 'orders', partition: 3, offset: 5 },
    })
  }
})

test('a batch that does not match its checksum names where it is, and the position stays before it', () => {
  const damaged = batch(three, { baseOffset: 3 })
  damaged[70]! ^= 1
  const source = reader(concat(batch(three), damaged))
  expect(source.read()).toHaveLength(3)
  for (const _ of [1, 2]) {
    const error = failure(() => source.read())
    expect(error).toMatchObject({
      code: 'FAUST_ANSWER_INVALID',
      retriable: true,
      details: { topic: 'orders', partition: 3, offset: 3 },
    })
    expect(error.message).toContain('offset 3 of topic orders, partition 3 does not match its checksum')
  }
  expect(source.position).toBe(3)
  expect(readAll(damaged, { checkCrc: false }).position).toBe(6)
})

test.each([0, 1])('records of format %i are refused by name', (magic) => {
  // Offset, size, crc, magic, attributes, key and value: a message of Kafka 0.8 or 0.10.
  const old = new Uint8Array(34)
  writeInt32(old, 4, 77)
  writeInt32(old, 8, 22)
  old[16] = magic
  const error = failure(() => readAll(old, { position: 77 }))
  expect(error).toMatchObject({
    code: 'FAUST_NOT_SUPPORTED',
    details: { topic: 'orders', partition: 3, offset: 77, magic },
  })
  expect(error.message).toMatch(/Topic orders, partition 3 holds records of format \d at offset 77/)
})

test.each([
  ['a later format', (bytes: Uint8Array) => (bytes[16] = 3)],
  ['a length too short for a batch', (bytes: Uint8Array) => writeInt32(bytes, 8, 48)],
  ['a length below zero', (bytes: Uint8Array) => writeInt32(bytes, 8, -13)],
  ['an end before its beginning', (bytes: Uint8Array) => (writeInt32(bytes, 23, -1), resealed(bytes))],
  ['a base offset below zero', (bytes: Uint8Array) => writeInt32(bytes, 0, -1)],
])('%s is an error', (_, damage) => {
  const damaged = batch(three)
  damage(damaged)
  expect(failure(() => readAll(damaged))).toMatchObject({ code: 'FAUST_ANSWER_INVALID', details: { topic: 'orders' } })
})

test('a marker that cannot be read is an error: what it ends could be left out for ever', () => {
  const marker = encodeMarker({
    type: 'abort',
    producerId: 4n,
    producerEpoch: 1,
    timestamp: 9,
    baseOffset: 3,
    leaderEpoch: 0,
  })
  // The length of its key.
  marker[65] = 2
  expect(failure(() => readAll(resealed(marker)))).toMatchObject({ code: 'FAUST_ANSWER_INVALID' })
})

test.each([
  ['a record that is longer than the batch', 61, 0x7e],
  ['an offset behind the last one', 64, 0x7e],
  ['an offset below the first one', 64, 0x01],
  ['a key longer than its record', 65, 0x7e],
  ['a key shorter than it is', 65, 0x00],
  ['a value longer than its record', 67, 0x7e],
  ['headers that are not there', 69, 0x02],
  ['a number of headers below zero', 69, 0x01],
])('%s: one record with an error stands for the batch, and reading goes on', (_, at, byte) => {
  const malformed = batch(three, { baseOffset: 100, lastOffsetDelta: 5 })
  malformed[at] = byte
  const log = concat(resealed(malformed), batch([record('z', '9')], { baseOffset: 106 }))
  const { records, position } = readAll(log, { position: 90 })
  expect(shown(records)).toEqual(['100:FAUST_DECODE', '106:z=9'])
  expect(position).toBe(107)
  expect(records[0]).toMatchObject({ key: null, value: null, headers: [] })
  expect(records[0]!.error).toMatchObject({
    details: { topic: 'orders', partition: 3, offset: 100, lastOffset: 105 },
  })
  expect(records[0]!.error!.message).toMatch(/^The records up to offset 105 can't be read: /)
})

test('the record with an error stands at the position when that lies within the batch', () => {
  const malformed = batch(three, { baseOffset: 100 })
  // The length of the last value.
  malformed[malformed.length - 3] = 0x7e
  const { records, position } = readAll(resealed(malformed), { position: 101 })
  expect(shown(records)).toEqual(['101:FAUST_DECODE'])
  expect(position).toBe(103)
})

test.each([-1, 2, 4, 1_000_000, 2 ** 31 - 1])('a count of %i instead of three is no matter of memory', (count) => {
  const malformed = batch(three)
  writeInt32(malformed, 57, count)
  expect(shown(readAll(resealed(malformed)).records)).toEqual(['0:FAUST_DECODE'])
})

test('offsets that do not rise are malformed', () => {
  const same = batch([record('a', '1'), { ...record('b', '2'), delta: 0 }], { lastOffsetDelta: 1 })
  expect(shown(readAll(same).records)).toEqual(['0:FAUST_DECODE'])
})

test('a timestamp beyond the safe integers is one record with an error; the others and the position go on', () => {
  const log = batch(three)
  writeBigInt64(log, 27, 2n ** 53n - 15n)
  const { records, position } = readAll(resealed(log))
  expect(shown(records)).toEqual(['0:a=1', '1:b=2', '2:FAUST_DECODE'])
  expect(records.slice(0, 2).map(({ timestamp }) => timestamp)).toEqual([2 ** 53 - 15, 2 ** 53 - 5])
  expect(records[2]!.error).toMatchObject({ details: { offset: 2, lastOffset: 2 } })
  expect(position).toBe(3)
})

test('base and delta beyond the safe integers whose sum is within: the sum of int64 counts', () => {
  const log = batch([record('a', '1', 0), record('b', '2', 2 ** 53 - 1), record('c', '3', 1)])
  writeBigInt64(log, 27, -(2n ** 53n) - 1n)
  const { records } = readAll(resealed(log))
  expect(records.map(({ timestamp, error }) => error?.code ?? timestamp)).toEqual(['FAUST_DECODE', -2, 'FAUST_DECODE'])
})

test('an append time beyond the safe integers: every record has an error', () => {
  const log = batch(three, { logAppendTime: 5 })
  writeBigInt64(log, 35, 2n ** 53n)
  const { records, position } = readAll(resealed(log))
  expect(shown(records)).toEqual(['0:FAUST_DECODE', '1:FAUST_DECODE', '2:FAUST_DECODE'])
  expect(position).toBe(3)
})

test('offsets beyond the safe integers: one record with an error, and the position still rises', () => {
  const log = batch(three)
  writeBigInt64(log, 0, 2n ** 53n - 2n)
  expect(readAll(log, { position: 2 ** 53 - 2 })).toMatchObject({
    records: [{ offset: 2 ** 53 - 2, error: { code: 'FAUST_DECODE' } }],
    position: 2 ** 53 + 2,
  })
  writeBigInt64(log, 0, 2n ** 62n)
  const far = readAll(log, { position: 2 ** 62 })
  expect(far.records).toMatchObject([{ offset: 2 ** 62, error: { code: 'FAUST_DECODE' } }])
  expect(far.position).toBeGreaterThan(2 ** 62)
  expect(readAll(batch(three, { baseOffset: 2 ** 53 - 5 })).records).toMatchObject([{}, {}, { offset: 2 ** 53 - 3 }])
})
