import type { Entry } from '../processing/shard/entry-cache.ts'
import type { ReadableEntries } from '../processing/shard/table-layout.ts'
import type { StoreRange } from '../store/store.ts'
import { OWN, type Place } from './entry-access.ts'
import type { Access, ReadAccess } from './table-access.ts'

/** How a dictionary keeps its keys and values in a shard. */
export interface Cells {
  readonly place: Place
  /** The bounds of everything that is a key's. */
  readonly bounds: Pick<StoreRange, 'gte' | 'lt'>
  /** The user's key in the bytes under which it is kept. */
  keyOf(bytes: Uint8Array): Uint8Array
  /** What a reader finds: the user's value, or `ABSENT`. */
  read(shard: ReadableEntries, stored: unknown, access?: ReadAccess): unknown
  /** What is stored for a user's value. */
  wrap(access: Access, entry: Entry, value: unknown): unknown
}

/** Keys and values as they are. */
export const PLAIN: Cells = {
  place: OWN,
  bounds: {},
  keyOf: (bytes) => bytes,
  read: (_shard, stored) => stored,
  wrap: (_access, _entry, value) => value,
}
