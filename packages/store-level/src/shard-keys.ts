import type { ShardPosition, StoreRange } from '@faust/core'

// Every key of a shard's database begins with one byte. 0 is what the store notes for itself; 1 to 254 are entries, and
// say to which generation of the shard they belong. To empty a shard is to count its generation on: that takes one
// atomic batch however much there is to delete, and what is left of an older generation is never seen again.

/** Where the position of the last batch is. */
export const POSITION: Uint8Array = Uint8Array.of(0, 1)
/** Where the generation is whose entries count. */
export const GENERATION: Uint8Array = Uint8Array.of(0, 2)

export const FIRST_GENERATION = 1
const LAST_GENERATION = 254

export function nextGeneration(generation: number): number {
  return generation === LAST_GENERATION ? FIRST_GENERATION : generation + 1
}

/** The entries that are not of this generation, as ranges of the database. */
export function otherGenerations(generation: number): readonly { readonly gte: Uint8Array; readonly lt: Uint8Array }[] {
  return [
    { gte: Uint8Array.of(FIRST_GENERATION), lt: Uint8Array.of(generation) },
    { gte: Uint8Array.of(generation + 1), lt: Uint8Array.of(LAST_GENERATION + 1) },
  ]
}

/** The database's key of an entry. From Node's pool, since LevelDB moves a typed array of its own out of the heap first. */
export function entryKey(generation: number, key: Uint8Array): Uint8Array {
  const prefixed = Buffer.allocUnsafe(key.length + 1)
  prefixed[0] = generation
  prefixed.set(key, 1)
  return prefixed
}

/** Bytes of the keys that `EntryKeys` has room for. */
const ROOM = 1024

/**
 * The database's keys of many entries, for whoever copies each before he asks for the next: they share their bytes, so
 * a write of many entries leaves nothing to the garbage collector.
 */
export class EntryKeys {
  readonly #generation: number
  readonly #room = Buffer.allocUnsafeSlow(ROOM)
  /** The beginnings of the room, by length. */
  readonly #views: Uint8Array[] = []

  constructor(generation: number) {
    this.#generation = generation
    this.#room[0] = generation
  }

  /** Holds until the next call. */
  of(key: Uint8Array): Uint8Array {
    const length = key.length + 1
    if (length > ROOM) return entryKey(this.#generation, key)
    const view = (this.#views[length] ??= this.#room.subarray(0, length))
    view.set(key, 1)
    return view
  }
}

/** Bounds of the database for bounds of the shard; of two lower or two upper ones the tighter holds. */
export function entryRange(generation: number, { gte, gt, lte, lt }: StoreRange): Record<string, Uint8Array> {
  const prefixed = (key: Uint8Array): Uint8Array => entryKey(generation, key)
  const lower =
    gt !== undefined && (gte === undefined || Buffer.compare(gt, gte) >= 0)
      ? { gt: prefixed(gt) }
      : { gte: gte === undefined ? Uint8Array.of(generation) : prefixed(gte) }
  const upper =
    lt !== undefined && (lte === undefined || Buffer.compare(lt, lte) <= 0)
      ? { lt: prefixed(lt) }
      : lte === undefined
        ? { lt: Uint8Array.of(generation + 1) }
        : { lte: prefixed(lte) }
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
