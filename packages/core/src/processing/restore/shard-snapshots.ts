import type { Clock } from '../../service/clock.ts'
import { FaustError, messageOf } from '../../service/errors.ts'
import { settledWithin } from '../../service/wait.ts'
import { decodeSnapshot, encodeSnapshot, type SnapshotHeader } from '../../store/snapshot/snapshot-codec.ts'
import type { SnapshotTarget } from '../../store/snapshot/snapshot-target.ts'
import type { StoreItem } from '../../store/store.ts'
import type { PartitionOffsets } from '../../transport/admin.ts'
import type { ChangelogShard } from './changelog-shard.ts'
import type { RestoreFromParts } from './restore-parts.ts'

/** What a snapshot holds of one partition. */
export interface ShardSnapshot {
  readonly partition: number
  /** Of the object in the target. */
  readonly name: string
  /** The changelog offset from which a restore goes on. */
  readonly nextOffset: number
}

/** The log of a shard that is being filled from a snapshot: it belongs to none, and is emptied when that is cut short. */
export const LOADING = ''

/** Ms that a target may take for one answer: a list, or the next chunk. A restore, and who stops meanwhile, wait no longer. */
const ANSWER_TIMEOUT = 30_000

/** Digits of an offset in a name, so that names order as offsets do. */
const DIGITS = 16

/**
 * Writes the committed state of a shard as an object of its own; `undefined` when it has none. Writes go on meanwhile: a
 * restore reads the changelog from the position on, over items that may be newer.
 */
export async function takeSnapshot(shard: ChangelogShard, target: SnapshotTarget): Promise<ShardSnapshot | undefined> {
  const { table, partition, store } = shard
  const { position } = store
  if (position === null || position.offset < 0) return undefined
  const name = folderOf(shard) + String(position.offset).padStart(DIGITS, '0')
  await target.write(name, encodeSnapshot({ table: table.name, partition, position }, store.range()))
  return { partition, name, nextOffset: position.offset + 1 }
}

/**
 * Fills an empty shard from the newest snapshot that the changelog continues. A snapshot that can't be read is said and
 * passed over: the changelog has everything too, or says what it lacks.
 */
export async function loadSnapshot(
  parts: RestoreFromParts,
  shard: ChangelogShard,
  bounds: Pick<PartitionOffsets, 'logStart' | 'logEnd'>,
): Promise<void> {
  const { clock, logger } = parts
  const { table, partition, store } = shard
  const target = table.snapshots
  if (target === undefined) return
  const facts = { table: table.name, partition }
  try {
    const names = await answered(clock, target.list(folderOf(shard)))
    for (const name of names.toSorted((a, b) => (a < b ? 1 : -1))) {
      try {
        if (!(await fill(parts, shard, bounds, answeredChunks(clock, target.read(name))))) continue
        logger.info({ ...facts, snapshot: name, offset: store.position!.offset }, 'A shard was filled from a snapshot')
        return
      } catch (error) {
        logger.warn({ ...facts, snapshot: name, error: messageOf(error) }, 'A snapshot was passed over')
        await store.clear()
      }
    }
  } catch (error) {
    logger.warn({ ...facts, error: messageOf(error) }, 'Snapshots could not be listed; the changelog is read instead')
  }
}

async function answered<T>(clock: Clock, answer: Promise<T>): Promise<T> {
  if (await settledWithin(clock, answer, ANSWER_TIMEOUT)) return answer
  throw new FaustError('FAUST_TIMEOUT', `The snapshot target did not answer for ${ANSWER_TIMEOUT / 1000} s.`)
}

async function* answeredChunks(clock: Clock, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await answered(clock, source.next())
      if (next.done === true) return
      yield next.value
    }
  } finally {
    // A generator that hangs would end only behind what it hangs at.
    source.return?.().catch(() => {})
  }
}

/** False when the changelog does not continue it. Damage is noticed before the shard has a position of its log. */
async function fill(
  { clock, topology }: RestoreFromParts,
  { table, partition, store, log }: ChangelogShard,
  { logStart, logEnd }: Pick<PartitionOffsets, 'logStart' | 'logEnd'>,
  chunks: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  let header: SnapshotHeader | undefined
  for await (const part of decodeSnapshot(chunks)) {
    if (isItems(part)) {
      await store.write({ entries: part, position: { log: LOADING, offset: 0, time: clock.now(), note: '' } })
      continue
    }
    header = part
    const { position } = header
    if (header.table !== table.name || header.partition !== partition) {
      throw new FaustError('FAUST_STORE_FAILED', `It is of table ${header.table}, partition ${header.partition}.`)
    }
    const next = position.offset + 1
    const stale = clock.now() - position.time > topology.topics.get(table.changelog)!.tombstoneRetention / 2
    if (position.log !== log || next < logStart || next > logEnd || (stale && next < logEnd)) return false
  }
  await store.write({ entries: [], position: header!.position })
  return true
}

function folderOf({ table, partition }: ChangelogShard): string {
  return `${table.changelog}/${partition}/`
}

function isItems(part: SnapshotHeader | readonly StoreItem[]): part is readonly StoreItem[] {
  return Array.isArray(part)
}
