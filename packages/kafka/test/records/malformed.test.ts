import { isFaustError } from '@faust/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCodecs, type CompressionName } from '../../src/index.ts'
import { writeInt32 } from '../../src/wire/integers.ts'
import { stampedList } from '../support/arbitraries.ts'
import { batch, reader, resealed } from '../support/batches.ts'
import { concat } from '../support/bytes.ts'
import { compressions } from '../support/compressions.ts'
import { damage, damaged } from '../support/damage.ts'

const codecs = createCodecs({ maxDecompressedSize: 1024 * 1024 })
const aborted = [{ producerId: 5n, firstOffset: 0 }]
const compression = fc.constantFrom<CompressionName>(...compressions)

/** Reads to the end, or to an error, which has to be one of ours. Gives how many records there were. */
function read(bytes: Uint8Array, checkCrc: boolean): number {
  const source = reader(bytes, { checkCrc, codecs, aborted })
  let count = 0
  let position = source.position
  try {
    for (let some = source.read(); some !== null; some = source.read()) {
      count += some.length
      for (const { offset, timestamp, error } of some) {
        expect(offset).toBeGreaterThanOrEqual(position)
        if (error === undefined) expect(Number.isSafeInteger(timestamp)).toBe(true)
        position = offset + (offset < Number.MAX_SAFE_INTEGER ? 1 : 0)
      }
      expect(source.position).toBeGreaterThanOrEqual(position)
      position = source.position
    }
  } catch (error) {
    if (!isFaustError(error)) throw error
    expect(error.details).toMatchObject({ topic: 'orders', partition: 3 })
  }
  return count
}

test('bytes that are no batches at all', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(read(bytes, false)).toBe(0)
    }),
    { numRuns: 1000 },
  )
})

test('damage is found by the checksum, unless it lies outside of it', () => {
  fc.assert(
    fc.property(stampedList, compression, damage, (records, compression, damage) => {
      const log = concat(batch(records, { compression }), batch(records, { compression, baseOffset: records.length }))
      expect(read(damaged(log, damage), true)).toBeLessThanOrEqual(2 * records.length)
    }),
    { numRuns: 300 },
  )
})

test('damage that the checksum does not show makes no more records than there are bytes, and ends', () => {
  fc.assert(
    fc.property(
      stampedList,
      compression,
      fc.array(damage, { minLength: 1, maxLength: 3 }),
      (records, compression, all) => {
        let bytes = batch(records, { compression, producerId: 5n, producerEpoch: 0, baseSequence: 0 })
        for (const one of all) bytes = damaged(bytes, one, 21)
        if (bytes.length < 61) return
        writeInt32(bytes, 8, bytes.length - 12)
        expect(read(concat(resealed(bytes), batch(records, { baseOffset: 2 ** 40 })), true)).toBeLessThan(1024 * 1024)
      },
    ),
    { numRuns: 1000 },
  )
})
