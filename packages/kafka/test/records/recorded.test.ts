import { expect, test } from 'vitest'
import { readBatchHeader } from '../../src/index.ts'
import { reader, readAll } from '../support/batches.ts'
import { hasZstd } from '../support/compressions.ts'
import { asJava } from '../support/fetch.ts'
import { recorded } from '../support/recorded.ts'

const readable = recorded.filter(([name]) => hasZstd || name !== 'java-zstd')

// What Kafka 4.3.1 sent, and what its own consumer made of it; see test/support/recorded.ts for how it came about.

test.each(readable)('%s is read as Kafka read it', (_, { records, position, aborted, expected, highWatermark }) => {
  const read = readAll(records, { position, aborted })
  expect(asJava(0, read.records)).toEqual(expected.map((record) => ({ ...record, partition: 0 })))
  if (aborted !== null || expected.at(-1)!.offset === highWatermark - 1) expect(read.position).toBe(highWatermark)
})

test.skipIf(!hasZstd)('zstd, which Node has from 22.15 on, is among them', () => {
  expect(readable).toHaveLength(recorded.length)
})

test('the list of aborted transactions is in the order of their markers, which is not that of their offsets', () => {
  const { aborted } = new Map(recorded).get('transactions')!
  const offsets = aborted!.map(({ firstOffset }) => firstOffset)
  expect(offsets).not.toEqual(offsets.toSorted((a, b) => a - b))
})

test('compaction left an empty batch at the beginning', () => {
  const { records } = new Map(recorded).get('compacted')!
  expect(readBatchHeader(records)).toMatchObject({ count: 0, lastOffset: 1 })
  const source = reader(records.subarray(0, 61))
  expect(source.read()).toBeNull()
  expect(source.position).toBe(2)
})
