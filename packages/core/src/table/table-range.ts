import type { TableDefinition } from '../processing/shard/table-definition.ts'
import { encodePart } from '../processing/send/encode.ts'
import { checkOptions, checkWhole, invalidOption } from '../service/check-options.ts'
import type { StoreRange } from '../store/store.ts'
import type { Cells } from './cells.ts'
import { compareKeys, prefixBounds } from './key-order.ts'

/** Which keys an iteration gives, in the order of their bytes. For text that is the order of their characters. */
export interface TableRange<K> {
  /** The first key, if it is there. */
  readonly from?: K | undefined
  /** The key before which it ends. */
  readonly to?: K | undefined
  /** Keys that begin so. For keys by `text()` and `bytes()`, whose beginnings are written as the keys' are. */
  readonly prefix?: K | undefined
  /** From the last key to the first. Default false. */
  readonly reverse?: boolean | undefined
  /** At most so many keys. */
  readonly limit?: number | undefined
}

const OPTIONS = ['from', 'to', 'prefix', 'reverse', 'limit']

/** The bounds of a range in a shard. */
export async function boundsOf<K>(table: TableDefinition, cells: Cells, range: TableRange<K>): Promise<StoreRange> {
  const where = `A range of table ${table.name}`
  checkOptions(where, range, OPTIONS)
  checkWhole(where, 'limit', range.limit, 0)
  const { from, limit, prefix, reverse = false, to } = range
  const bytesOf = async (key: K): Promise<Uint8Array> =>
    cells.place.bytes((await encodePart(table.changelog, 'key', table.key, key, []))!)
  let { gte, lt } = cells.bounds
  if (prefix !== undefined) {
    if (table.key.supports.prefixes !== true) {
      throw invalidOption(
        where,
        'prefix',
        `needs keys by text() or bytes(): the bytes of a beginning by ${table.key.name} don't begin the bytes of the whole.`,
      )
    }
    const bounds = prefixBounds(await bytesOf(prefix))
    gte = bounds.gte
    lt = bounds.lt ?? lt
  }
  if (from !== undefined) gte = larger(gte, await bytesOf(from))
  if (to !== undefined) lt = smaller(lt, await bytesOf(to))
  return { gte, lt, reverse, limit }
}

function larger(one: Uint8Array | undefined, other: Uint8Array): Uint8Array {
  return one !== undefined && compareKeys(one, other) > 0 ? one : other
}

function smaller(one: Uint8Array | undefined, other: Uint8Array): Uint8Array {
  return one !== undefined && compareKeys(one, other) < 0 ? one : other
}
