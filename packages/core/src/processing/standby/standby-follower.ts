import { isFaustError, messageOf } from '../../service/errors.ts'
import { sleep } from '../../service/wait.ts'
import type { Reader } from '../../transport/reader.ts'
import { partitionKey, type RecordBatch, type TopicPartitionOffset } from '../../transport/record.ts'
import { applyBatch } from '../restore/apply-batch.ts'
import { type ChangelogShard, changelogOf } from '../restore/changelog-shard.ts'
import type { RestoreParts } from '../restore/restore-parts.ts'
import { untilAnswered } from '../restore/until-answered.ts'
import { restoreFrom } from '../restore/restore-from.ts'

/** One shard that follows its changelog. */
interface Copy {
  readonly shard: ChangelogShard
  /** Everything before is in the shard. */
  next: number
  /** The log end as last heard of. */
  end: number
  writing: Promise<void>
}

/** Ms that one poll waits for records. */
const POLL_WAIT = 1000
/** Bytes of one poll: one answer is written while the next one comes, so twice as many are in memory. */
const POLL_BYTES = 8 * 2 ** 20
/** Ms between two tries while the log does not answer. */
const RETRY_PAUSE = 50

/**
 * Keeps shards at the ends of their changelogs, by one reader of its own for all of them: what is read for tasks is
 * neither delayed nor counted. Positions only move forward, unless a shard has to be rebuilt.
 */
export class StandbyFollower {
  readonly #parts: RestoreParts
  /** Called after every answer. */
  readonly #onMoved: () => void
  readonly #copies = new Map<string, Copy>()
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
      const end = bounds[index]!.logEnd
      const place = places[index]!
      this.#copies.set(partitionKey(place.topic, place.partition), { shard, next, end, writing: Promise.resolve() })
      from.push({ ...place, offset: next })
    }
    this.#reader ??= transport.reader({ isolation: 'read-committed' })
    const reader = this.#reader
    await untilAnswered(this.#parts, signal, () => reader.assign(from))
    for (const { topic, partition } of places) this.#tell(this.#copies.get(partitionKey(topic, partition))!, true)
    this.#onMoved()
    this.#loop ??= this.#follow(reader)
  }

  /** Stops following shards; resolves when nothing is written to them any more. */
  async remove(shards: readonly ChangelogShard[]): Promise<void> {
    for (const shard of shards) {
      const place = changelogOf(shard)
      const id = partitionKey(place.topic, place.partition)
      const copy = this.#copies.get(id)
      if (copy === undefined) continue
      this.#copies.delete(id)
      this.#reader?.unassign([place])
      await copy.writing.catch(() => {})
      this.#tell(copy, false)
    }
  }

  /** How many records of its changelog a shard has not got yet; `undefined` when it is not followed. */
  lag(shard: ChangelogShard): number | undefined {
    const place = changelogOf(shard)
    const copy = this.#copies.get(partitionKey(place.topic, place.partition))
    return copy && Math.max(0, copy.end - copy.next)
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
        this.#refresh()
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
    const move = async (): Promise<void> => {
      const bounds = { logStart: logStart!, logEnd: logEnd! }
      copy.next = await restoreFrom(this.#parts, copy.shard, bounds, this.#end.signal)
      copy.end = logEnd!
    }
    // Whoever lets the copy go waits for this as for any other write.
    copy.writing = copy.writing.then(move)
    await copy.writing
    const from = { topic, partition: partition!, offset: copy.next }
    await untilAnswered(this.#parts, this.#end.signal, async () => {
      if (this.#copies.get(id) === copy) await reader.assign([from])
    })
    if (!this.#copies.has(id)) reader.unassign([from])
  }

  /**
   * True when a shard with more to read has stood still for so long that deletions may be gone from the log, as when its
   * machine slept: it is read anew from where `restoreFrom` says.
   */
  async #begunAnew(reader: Reader, { shard }: Copy): Promise<boolean> {
    const { clock, topology, transport } = this.#parts
    const { position } = shard.store
    const { tombstoneRetention } = topology.topics.get(shard.table.changelog)!
    if (position === null || clock.now() - position.time <= tombstoneRetention / 2) return false
    const place = changelogOf(shard)
    const [bounds] = await untilAnswered(this.#parts, this.#end.signal, () => transport.admin.offsets([place]))
    await this.#moveInto(reader, { ...place, logStart: bounds!.logStart, logEnd: bounds!.logEnd })
    return true
  }

  /** The copies for which an answer was fetched. */
  #following(batches: readonly RecordBatch[]): readonly (readonly [RecordBatch, Copy])[] {
    return batches.flatMap((batch) => {
      const copy = this.#copies.get(partitionKey(batch.topic, batch.partition))
      return copy === undefined ? [] : [[batch, copy] as const]
    })
  }

  #moved(batch: RecordBatch, copy: Copy): readonly Promise<void>[] {
    // While other shards were written this one may have gone, and come back with what its task has written since.
    if (this.#copies.get(partitionKey(batch.topic, batch.partition)) !== copy) return []
    copy.writing = copy.writing.then(() => this.#write(batch, copy))
    // It is awaited before the next answer is written; others may have to be asked for before.
    copy.writing.catch(() => {})
    return [copy.writing]
  }

  /** No async function: see `applyBatch`. */
  #write(batch: RecordBatch, copy: Copy): Promise<void> {
    const { highWatermark, nextOffset } = batch
    return Promise.resolve(applyBatch(this.#parts.clock, copy.shard, batch)).then(() => {
      copy.next = nextOffset
      copy.end = Math.max(highWatermark, nextOffset)
      this.#tell(copy, true)
    })
  }

  /**
   * A shard at its end has seen everything until now, and its position says so from time to time: else it would look
   * too old to be continued after a quiet day.
   */
  #refresh(): void {
    const { clock, topology, transport } = this.#parts
    const now = clock.now()
    for (const copy of this.#copies.values()) {
      const { position } = copy.shard.store
      if (position === null || copy.next < copy.end) continue
      const { tombstoneRetention } = topology.topics.get(copy.shard.table.changelog)!
      if (now - position.time < tombstoneRetention / 8) continue
      const write = async (): Promise<void> => {
        // An answer without records proves nothing: the log may have been out of reach.
        const [bounds] = await transport.admin.offsets([changelogOf(copy.shard)]).catch((error: unknown) => {
          if (isFaustError(error) && error.retriable) return []
          throw error
        })
        const latest = copy.shard.store.position
        if (latest === null || bounds === undefined || bounds.logEnd > copy.next || latest.time >= now) return
        await copy.shard.store.write({ entries: [], position: { ...latest, time: now } })
      }
      copy.writing = copy.writing.then(write)
      copy.writing.catch(this.#crash)
    }
  }

  #tell(copy: Copy, following: boolean): void {
    const { table, partition } = copy.shard
    const lag = Math.max(0, copy.end - copy.next)
    this.#parts.sensor.onStandby?.({ table: table.name, partition, offset: copy.next, lag, following })
  }
}
