import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFaustError } from '../../../src/service/errors.ts'
import { decodeSnapshot, encodeSnapshot, type SnapshotHeader } from '../../../src/store/snapshot/snapshot-codec.ts'
import type { StoreItem } from '../../../src/store/store.ts'
import { collect } from '../../support/until.ts'

const header: SnapshotHeader = {
  table: 'counts',
  partition: 3,
  position: { log: 'an id', offset: 2 ** 40, time: 1_700_000_000_000, note: '' },
}
const item = fc.record({ key: fc.uint8Array(), value: fc.uint8Array({ maxLength: 300 }) })

async function* some<T>(parts: readonly T[]): AsyncGenerator<T> {
  yield* parts
}

async function bytesOf(items: readonly (readonly StoreItem[])[]): Promise<Uint8Array> {
  return Buffer.concat(await collect(encodeSnapshot(header, some(items))))
}

/** The bytes in pieces of one size. */
function pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  return some(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size)),
  )
}

test('comes back as it was, however it is cut into pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(item)), fc.integer({ min: 1, max: 500 }), async (items, size) => {
      const [first, ...rest] = await collect(decodeSnapshot(pieces(await bytesOf(items), size)))
      expect(first).toEqual(header)
      const flat = (rest as (readonly StoreItem[])[]).flat().map(({ key, value }) => [[...key], [...value]])
      expect(flat).toEqual(items.flat().map(({ key, value }) => [[...key], [...value]]))
    }),
    { numRuns: 50 },
  )
})

test('one with a wrong byte, or that ends early, is never taken for whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(item, { minLength: 1 })),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (items, at, change) => {
        const bytes = await bytesOf(items)
        const place = at % bytes.length
        const refused = async (broken: Uint8Array): Promise<void> => {
          const error: unknown = await collect(decodeSnapshot(pieces(broken, 1000))).catch((caught: unknown) => caught)
          expect(isFaustError(error, 'FAUST_STORE_FAILED')).toBe(true)
        }
        await refused(bytes.subarray(0, place))
        const broken = bytes.slice()
        broken[place]! ^= change
        await refused(broken)
      },
    ),
    { numRuns: 100 },
  )
})

test('large values have a frame of their own', async () => {
  const large = { key: Uint8Array.of(1), value: new Uint8Array(1_000_000).fill(7) }
  const [, ...rest] = await collect(decodeSnapshot(pieces(await bytesOf([[large, large]]), 65_536)))
  expect(rest).toHaveLength(2)
  expect((rest[1] as readonly StoreItem[])[0]!.value).toHaveLength(1_000_000)
})
