import type { Header } from '@faust/core'
import fc from 'fast-check'
import type { Stamped } from './batches.ts'

const bytes = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 100, maxLength: 300 }) },
)
const nullable = fc.option(bytes, { nil: null })

const header: fc.Arbitrary<Header> = fc.tuple(
  fc.oneof(fc.constantFrom('trace', 'source', ''), fc.string({ unit: 'grapheme', maxLength: 8 })),
  nullable,
)

/** Close together, as real ones are, or as far apart as they can be. */
const timestamp = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_100_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER }) },
)

export const stamped: fc.Arbitrary<Stamped> = fc.record(
  { key: nullable, value: nullable, timestamp, headers: fc.array(header, { maxLength: 4 }) },
  { requiredKeys: ['key', 'value', 'timestamp'] },
)

export const stampedList: fc.Arbitrary<Stamped[]> = fc.array(stamped, { minLength: 1, maxLength: 12 })

export const offset: fc.Arbitrary<number> = fc.oneof(
  fc.nat(1000),
  fc.integer({ min: 2 ** 31 - 5, max: 2 ** 31 + 5 }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 100_000 }),
)
