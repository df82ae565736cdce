import { isFaustError } from '../../service/errors.ts'
import { abortError } from '../../service/wait.ts'
import type { Reader } from '../../transport/reader.ts'
import { partitionKey, type RecordBatch, type TopicPartitionOffset } from '../../transport/record.ts'
import { applyBatch } from './apply-batch.ts'
import { type ChangelogShard, changelogOf } from './changelog-shard.ts'
import { restoreFrom } from './restore-from.ts'
import type { RestoreParts } from './restore-parts.ts'
import { RestoreProgress } from './restore-progress.ts'
import { untilAnswered } from './until-answered.ts'

/** A shard that is being read. */
interface Target {
  readonly shard: ChangelogShard
  end: number
  progress: RestoreProgress
  writing: Promise<void>
}

/** Ms that one poll waits for records. */
const POLL_WAIT = 100
/** Bytes of one poll: one answer is written while the next one comes, so twice as many are in memory. */
export const POLL_BYTES: number = 8 * 2 ** 20

/** Reads the changelogs of shards, each from an offset to an end, into the shards: side by side, by one reader. Used once. */
export class ChangelogReader {
  readonly #parts: RestoreParts
  readonly #signal: AbortSignal
  readonly #from: TopicPartitionOffset[] = []
  readonly #targets: Target[] = []
  /** Targets that are not at their ends, by partition of the changelog. */
  readonly #unfinished = new Map<string, Target>()

  /** When the signal fires, `read` rejects with `FAUST_ABORTED`. */
  constructor(parts: RestoreParts, signal: AbortSignal) {
    this.#parts = parts
    this.#signal = signal
  }

  /** Nothing is left to be read. */
  get done(): boolean {
    return this.#unfinished.size === 0
  }

  /** Before `read`: one more shard. */
  add(shard: ChangelogShard, offset: number, end: number): void {
    const place = changelogOf(shard)
    const progress = new RestoreProgress(this.#parts, shard, offset, end)
    const target = { shard, end, progress, writing: Promise.resolve() }
    this.#from.push({ ...place, offset })
    this.#targets.push(target)
    this.#unfinished.set(partitionKey(place.topic, place.partition), target)
  }

  /** Resolves when everything is written. However it ends, nothing is written any more then. */
  async read(): Promise<void> {
    this.#checkSignal()
    const reader = this.#parts.transport.reader({ isolation: 'read-committed' })
    try {
      await untilAnswered(this.#parts, this.#signal, () => reader.assign(this.#from))
      await this.#pump(reader)
    } finally {
      await reader.close()
    }
  }

  /** One answer is written while the next one is fetched, so the slower of both sets the pace. */
  async #pump(reader: Reader): Promise<void> {
    try {
      while (!this.done) {
        await this.#step(reader)
        await this.#parts.pacer.breathe()
      }
    } finally {
      // Whoever closes a shard afterwards must not meet a write.
      await Promise.allSettled(this.#targets.map(({ writing }) => writing))
    }
    await this.#written()
  }

  /** Begins to write the next answer when the one before is written. A function of its own, so that nothing holds the answer. */
  async #step(reader: Reader): Promise<void> {
    const options = { maxWait: POLL_WAIT, maxBytes: POLL_BYTES, signal: this.#signal }
    const batches = await untilAnswered(this.#parts, this.#signal, () => reader.poll(options)).catch((error: unknown) =>
      this.#beginAgain(reader, error),
    )
    // Of all shards: else what waits for a slow one grows with every answer of another, and its failure is heard at the end.
    await this.#written()
    // Also when the answer is empty, as it is as long as the log is out of reach or a transaction open.
    this.#checkSignal()
    for (const batch of batches) {
      const id = partitionKey(batch.topic, batch.partition)
      const target = this.#unfinished.get(id)
      if (target === undefined) continue
      if (batch.nextOffset >= target.end) {
        this.#unfinished.delete(id)
        reader.unassign([batch])
      }
      target.writing = this.#write(target, batch)
    }
  }

  /** No async function either: see `applyBatch`. */
  #write({ shard, progress }: Target, batch: RecordBatch): Promise<void> {
    const { nextOffset } = batch
    const written = Promise.resolve(applyBatch(this.#parts.clock, shard, batch))
    const moved = written.then((records) => progress.moved(nextOffset, records))
    // It is awaited before the next answer is written.
    moved.catch(() => {})
    return moved
  }

  async #written(): Promise<void> {
    await Promise.all(this.#targets.map(({ writing }) => writing))
  }

  /** The log has removed what was to be read next: where to go on is decided anew. Any other failure is passed on. */
  async #beginAgain(reader: Reader, error: unknown): Promise<readonly RecordBatch[]> {
    if (!isFaustError(error, 'FAUST_OFFSET_OUT_OF_RANGE')) throw error
    const { topic, partition, logStart, logEnd } = error.details as Record<string, number> & { topic: string }
    const id = partitionKey(topic, partition!)
    const target = this.#unfinished.get(id)
    if (target === undefined) return []
    await target.writing
    const bounds = { logStart: logStart!, logEnd: logEnd! }
    const offset = await restoreFrom(this.#parts, target.shard, bounds, this.#signal)
    if (offset >= bounds.logEnd) {
      this.#unfinished.delete(id)
      reader.unassign([{ topic, partition: partition! }])
    } else {
      target.end = bounds.logEnd
      target.progress = new RestoreProgress(this.#parts, target.shard, offset, bounds.logEnd)
      const from = [{ topic, partition: partition!, offset }]
      await untilAnswered(this.#parts, this.#signal, () => reader.assign(from))
    }
    return []
  }

  #checkSignal(): void {
    if (this.#signal.aborted) throw abortError(this.#signal, 'The restore')
  }
}
