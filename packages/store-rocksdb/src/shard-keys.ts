import type { ShardPosition, StoreRange } from '@faust/core'

// Every key of a shard's database begins with one byte: 0 is what the store notes for itself, 1 is an entry.

/** Where the position of the last batch is. */
export const POSITION: Uint8Array = Buffer.of(0, 1)
/** The least key of an entry, and the least behind all of them. */
export const FIRST_ENTRY: Uint8Array = Buffer.of(1)
export const BEHIND_ENTRIES: Uint8Array = Buffer.of(2)

/** The database's key of an entry. */
export function entryKey(key: Uint8Array): Uint8Array {
  const prefixed = Buffer.allocUnsafe(key.length + 1)
  prefixed[0] = 1
  prefixed.set(key, 1)
  return prefixed
}

/** Bounds in the database. */
export interface EntryBounds {
  readonly gt?: Uint8Array
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
  readonly lte?: Uint8Array
}

/** Bounds of the database for bounds of the shard; of two lower or two upper ones the tighter holds. */
export function entryBounds({ gte, gt, lte, lt }: StoreRange): EntryBounds {
  const lower =
    gt !== undefined && (gte === undefined || Buffer.compare(gt, gte) >= 0)
      ? { gt: entryKey(gt) }
      : { gte: gte === undefined ? FIRST_ENTRY : entryKey(gte) }
  const upper =
    lt !== undefined && (lte === undefined || Buffer.compare(lt, lte) <= 0)
      ? { lt: entryKey(lt) }
      : lte === undefined
        ? { lt: BEHIND_ENTRIES }
        : { lte: entryKey(lte) }
  return { ...lower, ...upper }
}

/** A position as it is noted. */
export function encodePosition(position: ShardPosition): Uint8Array {
  return Buffer.from(JSON.stringify(position))
}

/** What `encodePosition` was given. */
export function decodePosition(bytes: Uint8Array): ShardPosition {
  return JSON.parse(Buffer.from(bytes).toString()) as ShardPosition
}
