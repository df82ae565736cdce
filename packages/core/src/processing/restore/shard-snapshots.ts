import { FaustError, messageOf } from '../../service/errors.ts'
import { abortable, abortError, settledWithin } from '../../service/wait.ts'
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

/** Ms that a restore waits for one answer of a target: a list, or the next chunk. */
const ANSWER_TIMEOUT = 30_000

/** Digits of an offset in a name, so that names order as offsets do. */
const DIGITS = 16

/**
 * Writes the committed state of a shard as an object of its own; `undefined` when it has none. Writes go on meanwhile: a
 * restore reads the changelog from the position on, over items that may be newer. Rejects with `FAUST_ABORTED` when the
 * signal fires, whatever the target does.
 */
export async function takeSnapshot(
  shard: ChangelogShard,
  target: SnapshotTarget,
  signal: AbortSignal,
): Promise<ShardSnapshot | undefined> {
  const { table, partition, store } = shard
  const { position } = store
  if (signal.aborted) throw abortError(signal, 'The snapshot')
  if (position === null || position.offset < 0) return undefined
  const name = folderOf(shard) + String(position.offset).padStart(DIGITS, '0')
  const chunks = encodeSnapshot({ table: table.name, partition, position }, store.range())
  try {
    await abortable(target.write(name, unlessAborted(chunks, signal), signal), signal, 'The snapshot')
  } finally {
    // A target that is stuck would keep what it has not read of the store.
    chunks.return(undefined).catch(() => {})
  }
  return { partition, name, nextOffset: position.offset + 1 }
}

/** Fails where it was ended: its end would look like that of the whole. */
async function* unlessAborted(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (signal.aborted) break
    yield chunk
  }
  if (signal.aborted) throw abortError(signal, 'The snapshot')
}

/**
 * Fills an empty shard from the newest snapshot that the changelog continues. A snapshot that can't be read is said and
 * passed over: the changelog has everything too, or says what it lacks. Rejects with `FAUST_ABORTED` when the signal fires.
 */
export async function loadSnapshot(
  parts: RestoreFromParts,
  shard: ChangelogShard,
  bounds: Pick<PartitionOffsets, 'logStart' | 'logEnd'>,
  signal: AbortSignal,
): Promise<void> {
  const { logger } = parts
  const { table, partition, store } = shard
  const target = table.snapshots
  if (target === undefined) return
  const facts = { table: table.name, partition }
  try {
    const names = await listed(parts, target, folderOf(shard), signal)
    for (const name of names.toSorted((a, b) => (a < b ? 1 : -1))) {
      try {
        if (!(await fill(parts, shard, bounds, chunksOf(parts, target, name, signal)))) continue
        logger.info({ ...facts, snapshot: name, offset: store.position!.offset }, 'A shard was filled from a snapshot')
        return
      } catch (error) {
        if (signal.aborted) throw error
        logger.warn({ ...facts, snapshot: name, error: messageOf(error) }, 'A snapshot was passed over')
        await store.clear()
      }
    }
  } catch (error) {
    if (signal.aborted) throw error
    logger.warn({ ...facts, error: messageOf(error) }, 'Snapshots could not be listed; the changelog is read instead')
  }
}

async function listed(
  parts: RestoreFromParts,
  target: SnapshotTarget,
  folder: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const done = new AbortController()
  try {
    return await answered(parts, target.list(folder, AbortSignal.any([signal, done.signal])), signal)
  } finally {
    done.abort()
  }
}

async function* chunksOf(
  parts: RestoreFromParts,
  target: SnapshotTarget,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const done = new AbortController()
  const source = target.read(name, AbortSignal.any([signal, done.signal]))[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await answered(parts, source.next(), signal)
      if (next.done === true) return
      yield next.value
    }
  } finally {
    // A generator that hangs ends only behind what it hangs at.
    source.return?.().catch(() => {})
    done.abort()
  }
}

async function answered<T>({ clock }: RestoreFromParts, answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const given = abortable(answer, signal, 'The restore')
  if (await settledWithin(clock, given, ANSWER_TIMEOUT)) return given
  throw new FaustError('FAUST_TIMEOUT', `The snapshot target did not answer for ${ANSWER_TIMEOUT / 1000} s.`)
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
