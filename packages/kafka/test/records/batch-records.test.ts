import { expect, onTestFinished, test, vi } from 'vitest'
import { writeInt32 } from '../../src/wire/integers.ts'
import { batch, reader, record, resealed, type Stamped } from '../support/batches.ts'
import { bytes } from '../support/bytes.ts'

const records: readonly Stamped[] = [
  record('a', '1', 10),
  { ...record(null, null, 20), headers: [['trace', bytes('x')]] },
  {
    ...record('c', '', 5),
    headers: [
      ['trace', bytes('yy')],
      ['empty', null],
    ],
  },
  // Further from the first than an int32 of ms: three months.
  record('d', '4', 10 + 2 ** 33),
]

test('a record is the same whoever asks, and in whatever order', () => {
  const read = reader(batch(records, { baseOffset: 7 })).read()!
  const all = [...read]
  expect(all).toMatchObject([
    { offset: 7, timestamp: 10, headers: [] },
    { offset: 8, timestamp: 20, key: null, value: null, headers: [['trace', bytes('x')]] },
    { offset: 9, timestamp: 5, value: bytes(''), headers: records[2]!.headers },
    { offset: 10, timestamp: 10 + 2 ** 33 },
  ])
  for (const index of [3, 0, 2, 1, 2, 3]) expect(read.at(index)).toEqual(all[index])
  expect(read.at(4)).toBeUndefined()
})

test('the size of a record is that of its key, value and headers, and all add up to that of the batch', () => {
  const source = reader(batch(records))
  const read = source.read()!
  const sizes = records.map((_, index) => read.sizeAt(index))
  expect(sizes).toEqual([2, 6, 13, 2])
  expect(source.size).toBe(23)
})

test('what stands for a batch that can not be read has no size', () => {
  const damaged = batch(records)
  const source = reader(damaged, { checkCrc: false })
  // The length of the first record.
  damaged[61] = 0xff
  const read = source.read()!
  expect([read.length, read.sizeAt(0), source.size]).toEqual([1, 0, 0])
  expect(read.at(0)?.error?.code).toBe('FAUST_DECODE')
})

/** Where the number of records stands in a batch. */
const COUNT = 57

test('a number of records that is a lie takes no more memory than so many bytes could hold records', () => {
  const lies = batch([record('a', 'x'.repeat(70_000))])
  writeInt32(lies, COUNT, 2 ** 31 - 1)
  const taken: number[] = []
  class Counted extends Int32Array {
    constructor(length: number) {
      super(length)
      taken.push(this.byteLength)
    }
  }
  vi.stubGlobal('Int32Array', Counted)
  onTestFinished(() => void vi.unstubAllGlobals())
  expect(reader(lies, { checkCrc: false }).read()!.at(0)?.error?.code).toBe('FAUST_DECODE')
  expect(taken).toHaveLength(1)
  // A record takes seven bytes at least, and what is noted of it 24.
  expect(taken[0]).toBeLessThanOrEqual((lies.length / 7) * 24)
})

test('a number of records below zero is told as any other that does not fit', () => {
  const lies = batch(records)
  writeInt32(lies, COUNT, -3)
  expect(reader(resealed(lies)).read()!.at(0)?.error?.message).toContain('something stands behind its -3 records')
})

test('there is no record before the first one', () => {
  expect(reader(batch(records)).read()!.at(-1)).toBeUndefined()
})
