import { isFaustError } from '../../service/errors.ts'
import type { PartitionOffsets } from '../../transport/admin.ts'
import type { RecordBatch, TopicPartition } from '../../transport/record.ts'
import { applyBatch } from '../restore/apply-batch.ts'
import { type ChangelogShard, changelogOf } from '../restore/changelog-shard.ts'
import { restoreFrom } from '../restore/restore-from.ts'
import type { RestoreParts } from '../restore/restore-parts.ts'

/** A shard that follows its changelog: how far it is, and what is written to it, one write after another. */
export class FollowedShard {
  readonly shard: ChangelogShard
  /** The partition that it follows. */
  readonly changelog: TopicPartition
  readonly #parts: RestoreParts
  /** Everything before is in the shard. */
  #next: number
  /** The log end as last heard of. */
  #end: number
  #written: Promise<void> = Promise.resolve()

  constructor(parts: RestoreParts, shard: ChangelogShard, next: number, end: number) {
    this.#parts = parts
    this.shard = shard
    this.changelog = changelogOf(shard)
    this.#next = next
    this.#end = end
  }

  /** The offset from which it has to be read. */
  get next(): number {
    return this.#next
  }

  /** Records that it has not got yet. */
  get lag(): number {
    return Math.max(0, this.#end - this.#next)
  }

  /** Settles with the last write that was begun. */
  get written(): Promise<void> {
    return this.#written
  }

  /** It has stood still for so long that deletions may be gone from the log, as when its machine slept. */
  get stale(): boolean {
    const { position } = this.shard.store
    return position !== null && this.#parts.clock.now() - position.time > this.#tombstoneRetention / 2
  }

  /** Writes what was read. */
  apply(batch: RecordBatch): Promise<void> {
    return this.#write(() => this.#apply(batch))
  }

  /** Decides anew from where it is to be read, for which it may be emptied: see `restoreFrom`. */
  restart(bounds: Pick<PartitionOffsets, 'logStart' | 'logEnd'>, signal: AbortSignal): Promise<void> {
    return this.#write(async () => {
      this.#next = await restoreFrom(this.#parts, this.shard, bounds, signal)
      this.#end = bounds.logEnd
    })
  }

  /**
   * A shard at its end has seen everything until now, and its position says so from time to time: else it would look
   * too old to be continued after a quiet day. `undefined` when there is nothing to say.
   */
  refresh(): Promise<void> | undefined {
    const { clock, transport } = this.#parts
    const { store } = this.shard
    const now = clock.now()
    if (store.position === null || this.#next < this.#end) return undefined
    if (now - store.position.time < this.#tombstoneRetention / 8) return undefined
    return this.#write(async () => {
      // An answer without records proves nothing: the log may have been out of reach.
      const [bounds] = await transport.admin.offsets([this.changelog]).catch((error: unknown) => {
        if (isFaustError(error) && error.retriable) return []
        throw error
      })
      const latest = store.position
      if (latest === null || bounds === undefined || bounds.logEnd > this.#next || latest.time >= now) return
      await store.write({ entries: [], position: { ...latest, time: now } })
    })
  }

  /** Tells the sensor how far it is, and whether it goes on. */
  tell(following: boolean): void {
    const { table, partition } = this.shard
    this.#parts.sensor.onStandby?.({ table: table.name, partition, offset: this.#next, lag: this.lag, following })
  }

  /** A function of its own, and none that is async, so that nothing holds the records meanwhile: see `applyBatch`. */
  #apply(batch: RecordBatch): Promise<void> {
    const { highWatermark, nextOffset } = batch
    return Promise.resolve(applyBatch(this.#parts.clock, this.shard, batch)).then(() => {
      this.#next = nextOffset
      this.#end = Math.max(highWatermark, nextOffset)
      this.tell(true)
    })
  }

  get #tombstoneRetention(): number {
    return this.#parts.topology.topics.get(this.shard.table.changelog)!.tombstoneRetention
  }

  #write(work: () => Promise<void>): Promise<void> {
    return (this.#written = this.#written.then(work))
  }
}
