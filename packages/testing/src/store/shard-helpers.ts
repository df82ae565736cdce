import {
  FaustError,
  type Shard,
  type ShardPosition,
  type StoreEntry,
  type StoreItem,
  type StoreRange,
} from '@faust/core'
import { equal, ok } from '../kit/check.ts'
import { hex, text, utf8 } from '../kit/bytes.ts'

/** A position in the kit's own changelog. */
export function positionAt(offset: number, more: Partial<ShardPosition> = {}): ShardPosition {
  return { log: 'log-1', offset, time: 1_700_000_000_000 + offset, note: '', ...more }
}

/** An entry of texts; `null` deletes. */
export function entry(key: string, value: string | null): StoreEntry {
  return { key: utf8(key), value: value === null ? null : utf8(value) }
}

/** Entries that write `a` and further keys and then can't be made any further, after so many. */
export function* failingEntries(before: number): Generator<StoreEntry> {
  for (let index = 0; index < before; index++) yield entry(index === 0 ? 'a' : `key-${index}`, '2')
  throw new FaustError('FAUST_RESTORE_FAILED', 'This entry cannot be made')
}

/** Writes texts as one batch. */
export async function put(shard: Shard, values: Readonly<Record<string, string | null>>, offset = 0): Promise<void> {
  const entries = Object.entries(values).map(([key, value]) => entry(key, value))
  await shard.write({ entries, position: positionAt(offset) })
}

/** The text under a key. */
export async function read(shard: Shard, key: string): Promise<string | undefined> {
  return text(await shard.get(utf8(key)))
}

/** The texts under several keys. */
export async function readMany(shard: Shard, keys: readonly string[]): Promise<(string | undefined)[]> {
  return (await shard.getMany(keys.map(utf8))).map((value) => text(value))
}

/** All items of a range, one after the other. */
export async function collect(items: AsyncIterable<readonly StoreItem[]>): Promise<StoreItem[]> {
  const result: StoreItem[] = []
  for await (const chunk of items) {
    ok(chunk.length > 0, 'range gives arrays of items, never empty', 'An empty array was given')
    result.push(...chunk)
  }
  return result
}

/** A range as pairs of hexadecimal digits. */
export async function scan(shard: Shard, range?: StoreRange): Promise<[key: string, value: string][]> {
  return (await collect(shard.range(range))).map((item) => [hex(item.key), hex(item.value)])
}

/** A range as pairs of texts. */
export async function scanText(shard: Shard, range?: StoreRange): Promise<[key: string, value: string][]> {
  return (await collect(shard.range(range))).map((item) => [text(item.key), text(item.value)])
}

/** The shard must hold exactly these texts. */
export async function holds(shard: Shard, expected: Readonly<Record<string, string>>, rule: string): Promise<void> {
  equal(Object.fromEntries(await scanText(shard)), { ...expected }, rule)
}
