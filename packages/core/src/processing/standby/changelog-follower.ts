import { isFaustError, messageOf } from '../../service/errors.ts'
import { sleep } from '../../service/wait.ts'
import type { Reader } from '../../transport/reader.ts'
import {
  partitionKey,
  type RecordBatch,
  type TopicPartition,
  type TopicPartitionOffset,
} from '../../transport/record.ts'
import { POLL_BYTES } from '../restore/changelog-reader.ts'
import { type ChangelogShard, changelogOf } from '../restore/changelog-shard.ts'
import { restoreFrom } from '../restore/restore-from.ts'
import type { RestoreParts } from '../restore/restore-parts.ts'
import { RETRY_PAUSE, untilAnswered } from '../restore/until-answered.ts'
import { FollowedShard } from './followed-shard.ts'

/** Ms that one poll waits for records. */
const POLL_WAIT = 1000

/**
 * Keeps shards at the ends of their changelogs, by one reader of its own for all of them: what is read for tasks is
 * neither delayed nor counted. Positions only move forward, unless a shard has to be rebuilt.
 */
export class ChangelogFollower {
  readonly #parts: RestoreParts
  /** Called after every answer. */
  readonly #onMoved: () => void
  /** By partition of the changelog. */
  readonly #copies = new Map<string, FollowedShard>()
  readonly #end = new AbortController()
  readonly #crash: (error: unknown) => void
  #reader: Reader | undefined
  #loop: Promise<void> | undefined

  constructor(parts: RestoreParts, onMoved: () => void, crash: (error: unknown) => void) {
    this.#parts = parts
    this.#onMoved = onMoved
    this.#crash = crash
  }

  /** Follows more shards, each from where it stands; resolves when they are being read. */
  async add(shards: readonly ChangelogShard[]): Promise<void> {
    if (shards.length === 0) return
    const { transport } = this.#parts
    const { signal } = this.#end
    const places = shards.map((shard) => changelogOf(shard))
    const bounds = await untilAnswered(this.#parts, signal, () => transport.admin.offsets(places))
    const from: TopicPartitionOffset[] = []
    for (const [index, shard] of shards.entries()) {
      const next = await restoreFrom(this.#parts, shard, bounds[index]!, signal)
      const copy = new FollowedShard(this.#parts, shard, next, bounds[index]!.logEnd)
      this.#copies.set(idOf(copy.changelog), copy)
      from.push({ ...copy.changelog, offset: next })
    }
    this.#reader ??= transport.reader({ isolation: 'read-committed' })
    const reader = this.#reader
    await untilAnswered(this.#parts, signal, () => reader.assign(from))
    for (const place of places) this.#copies.get(idOf(place))!.tell(true)
    this.#onMoved()
    this.#loop ??= this.#follow(reader)
  }

  /** Stops following shards; resolves when nothing is written to them any more. */
  async remove(shards: readonly ChangelogShard[]): Promise<void> {
    for (const shard of shards) {
      const place = changelogOf(shard)
      const copy = this.#copies.get(idOf(place))
      if (copy === undefined) continue
      this.#copies.delete(idOf(place))
      this.#reader?.unassign([place])
      await copy.written.catch(() => {})
      copy.tell(false)
    }
  }

  /** How many records of its changelog a shard has not got yet; `undefined` when it is not followed. */
  lag(shard: ChangelogShard): number | undefined {
    return this.#copies.get(idOf(changelogOf(shard)))?.lag
  }

  /** Idempotent. Resolves when nothing is read or written any more. */
  async close(): Promise<void> {
    this.#end.abort()
    await this.#loop
    await this.remove([...this.#copies.values()].map(({ shard }) => shard))
    await this.#reader?.close()
  }

  async #follow(reader: Reader): Promise<void> {
    const { signal } = this.#end
    try {
      let writing: Promise<unknown> = Promise.resolve()
      while (!signal.aborted) {
        const writes = await this.#step(reader, writing)
        writing = Promise.all(writes)
        writing.catch(() => {})
        for (const copy of this.#copies.values()) copy.refresh()?.catch(this.#crash)
        this.#onMoved()
        await this.#parts.pacer.breathe()
      }
      await writing
    } catch (error) {
      if (!signal.aborted) this.#crash(error)
    }
  }

  /** Begins to write the next answer when the one before is written. A function of its own, so that nothing holds the answer. */
  async #step(reader: Reader, before: Promise<unknown>): Promise<readonly Promise<void>[]> {
    const answer = this.#following(await this.#poll(reader))
    await before
    const writes: Promise<void>[] = []
    for (const [batch, copy] of answer) {
      if (!(await this.#begunAnew(reader, copy))) writes.push(...this.#moved(batch, copy))
    }
    return writes
  }

  async #poll(reader: Reader): Promise<readonly RecordBatch[]> {
    const { clock, logger } = this.#parts
    const { signal } = this.#end
    try {
      return await reader.poll({ maxWait: POLL_WAIT, maxBytes: POLL_BYTES, signal })
    } catch (error) {
      if (isFaustError(error, 'FAUST_OFFSET_OUT_OF_RANGE')) await this.#moveInto(reader, error.details)
      else if (isFaustError(error) && error.retriable) {
        logger.debug({ error: messageOf(error) }, 'Changelogs could not be followed; the log is asked again')
        await sleep(clock, RETRY_PAUSE, signal)
      } else throw error
      return []
    }
  }

  /** The log no longer has what comes next, or not any more: the shard is rebuilt, or that is an error. */
  async #moveInto(reader: Reader, details: Readonly<Record<string, unknown>>): Promise<void> {
    const { topic, partition, logStart, logEnd } = details as Record<string, number> & { topic: string }
    const id = partitionKey(topic, partition!)
    const copy = this.#copies.get(id)
    if (copy === undefined) return
    // Whoever lets the copy go waits for this as for any other write.
    await copy.restart({ logStart: logStart!, logEnd: logEnd! }, this.#end.signal)
    const from = { topic, partition: partition!, offset: copy.next }
    await untilAnswered(this.#parts, this.#end.signal, async () => {
      if (this.#copies.get(id) === copy) await reader.assign([from])
    })
    if (!this.#copies.has(id)) reader.unassign([from])
  }

  /** True when a copy with more to read is too old to be continued: it is read anew from where `restoreFrom` says. */
  async #begunAnew(reader: Reader, copy: FollowedShard): Promise<boolean> {
    if (!copy.stale) return false
    const { transport } = this.#parts
    const place = copy.changelog
    const [bounds] = await untilAnswered(this.#parts, this.#end.signal, () => transport.admin.offsets([place]))
    await this.#moveInto(reader, { ...place, logStart: bounds!.logStart, logEnd: bounds!.logEnd })
    return true
  }

  /** The copies for which an answer was fetched. */
  #following(batches: readonly RecordBatch[]): readonly (readonly [RecordBatch, FollowedShard])[] {
    return batches.flatMap((batch) => {
      const copy = this.#copies.get(idOf(batch))
      return copy === undefined ? [] : [[batch, copy] as const]
    })
  }

  #moved(batch: RecordBatch, copy: FollowedShard): readonly Promise<void>[] {
    // While other shards were written this one may have gone, and come back with what its task has written since.
    if (this.#copies.get(idOf(batch)) !== copy) return []
    const written = copy.apply(batch)
    // It is awaited before the next answer is written; others may have to be asked for before.
    written.catch(() => {})
    return [written]
  }
}

function idOf({ topic, partition }: TopicPartition): string {
  return partitionKey(topic, partition)
}
