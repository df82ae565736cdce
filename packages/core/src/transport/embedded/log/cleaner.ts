import type { Clock } from '../../../service/clock.ts'
import { CompactionPass, splitAt } from './compaction-pass.ts'
import type { IncomingRecord } from '../../record.ts'
import type { Chunk } from './chunk.ts'
import type { PartitionLog } from './partition-log.ts'
import type { PartitionRewrite } from './partition-storage.ts'
import { forgetProducers } from './producer-state.ts'
import { expiredUpTo } from './retention.ts'
import type { TopicConfig } from './topic-config.ts'
import type { TopicRegistry } from './topic-registry.ts'

/** Chunks that one step works on: some ten thousand records, a few ms. */
const STEP_CHUNKS = 16
/** Partitions that one look goes through. */
const LOOK_PARTITIONS = 64
/** Ms after which a producer that wrote nothing is forgotten; Kafka's producer.id.expiration.ms. */
const PRODUCER_EXPIRATION = 86_400_000

/** What `Cleaner` is made from. */
export interface CleanerOptions {
  readonly clock: Clock
  readonly topics: TopicRegistry
  /** Ms between two looks. */
  readonly interval: number
  /** Told when a file could not be written anew; the old one stays. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Compaction and retention. There is no timer: an append, at most every `interval` ms, is the occasion to look for
 * work, which is then done in small steps between everything else. A log that nobody writes to stays as it is until
 * `compact` or `expire` is called.
 */
export class Cleaner {
  readonly #options: CleanerOptions
  #nextLook: number
  #queue: PartitionLog[] = []
  #pass: CompactionPass | null = null
  #rewrite: { readonly log: PartitionLog; readonly job: PartitionRewrite } | null = null
  #working = false
  #closed = false

  constructor(options: CleanerOptions) {
    this.#options = options
    this.#nextLook = options.clock.monotonic() + options.interval
  }

  /** Something was appended. */
  touch(): void {
    const { clock, interval } = this.#options
    if (this.#working || clock.monotonic() < this.#nextLook) return
    this.#nextLook = clock.monotonic() + interval
    if (this.#queue.length === 0) this.#queue = [...this.#partitions()]
    this.#later()
  }

  /** Compacts all partitions of a topic now, the newest records included, up to the last stable offset. */
  compact(name: string): void {
    for (const { partitions, config } of this.#named(name)) {
      for (const log of partitions) this.#compact(log, config)
    }
  }

  /** Lets go of what retention no longer keeps, in one topic or in all. */
  expire(name?: string): void {
    for (const { partitions, config } of name === undefined ? this.#options.topics.all() : this.#named(name)) {
      for (const log of partitions) this.#expire(log, config)
    }
  }

  close(): void {
    this.#closed = true
    this.#rewrite?.job.abandon()
    this.#rewrite = null
  }

  #later(): void {
    this.#working = true
    this.#options.clock.setImmediate(() => {
      this.#working = false
      if (!this.#closed && this.#step()) this.#later()
    })
  }

  /** A bounded piece of work. True when there is more to do now. */
  #step(): boolean {
    if (this.#pass !== null) {
      const { log } = this.#pass
      if (!this.#pass.step(STEP_CHUNKS)) return true
      this.#pass = null
      this.#beginRewrite(log)
      return true
    }
    if (this.#rewrite !== null) {
      this.#stepRewrite(this.#rewrite)
      return true
    }
    for (let looks = 0; looks < LOOK_PARTITIONS; looks++) {
      const log = this.#queue.pop()
      if (log === undefined) return false
      const topic = this.#options.topics.get(log.topic)
      if (topic === undefined || !this.#exists(log)) continue
      this.#expire(log, topic.config)
      forgetProducers(log.producers, this.#options.clock.now() - PRODUCER_EXPIRATION)
      const end = dirtyEnd(log, topic.config, this.#options.clock.now())
      if (end !== null) this.#pass = this.#newPass(log, topic.config, end, true)
      else this.#beginRewrite(log)
      if (this.#pass !== null || this.#rewrite !== null) return true
    }
    return true
  }

  #compact(log: PartitionLog, config: TopicConfig): void {
    if (this.#pass?.log === log) this.#pass = null
    if (this.#rewrite?.log === log) {
      this.#rewrite.job.abandon()
      this.#rewrite = null
    }
    const end = cleanable(log, config, this.#options.clock.now())
    splitAt(log, end)
    const pass = this.#newPass(log, config, end, false)
    while (!pass.step(STEP_CHUNKS));
    const job = log.storage?.rewrite(true)
    while (job?.step(STEP_CHUNKS) === false);
  }

  #beginRewrite(log: PartitionLog): void {
    const job = this.#exists(log) ? log.storage?.rewrite(false) : null
    if (job != null) this.#rewrite = { log, job }
  }

  #stepRewrite({ log, job }: { readonly log: PartitionLog; readonly job: PartitionRewrite }): void {
    try {
      if (!this.#exists(log)) job.abandon()
      else if (!job.step(STEP_CHUNKS)) return
    } catch (error) {
      this.#options.onFailure(error)
    }
    this.#rewrite = null
  }

  /** A topic may be deleted at any moment. */
  #exists(log: PartitionLog): boolean {
    return this.#options.topics.log(log) === log
  }

  #expire(log: PartitionLog, config: TopicConfig): void {
    const offset = expiredUpTo(log, config, this.#options.clock.now())
    if (offset <= log.logStart) return
    log.moveLogStart(offset)
  }

  #newPass(log: PartitionLog, { deleteRetentionMs }: TopicConfig, end: number, bounded: boolean): CompactionPass {
    return new CompactionPass(log, end, { now: this.#options.clock.now(), deleteRetentionMs }, bounded)
  }

  #named(name: string): { readonly partitions: readonly PartitionLog[]; readonly config: TopicConfig }[] {
    const topic = this.#options.topics.get(name)
    return topic === undefined ? [] : [topic]
  }

  *#partitions(): Generator<PartitionLog> {
    for (const { partitions } of this.#options.topics.all()) yield* partitions
  }
}

/** Where compaction ends: at the last stable offset, or the first record younger than the lag that is asked for. */
function cleanable(log: PartitionLog, { minCompactionLagMs }: TopicConfig, now: number): number {
  const end = log.lastStable
  if (minCompactionLagMs <= 0) return end
  const youngest = now - minCompactionLagMs
  for (const { records, maxTimestamp } of log.chunks) {
    if (maxTimestamp <= youngest) continue
    const young = records.find((record: IncomingRecord) => record.timestamp > youngest)
    if (young !== undefined) return Math.min(end, Math.max(young.offset, log.logStart))
  }
  return end
}

/** Up to where it is worth to compact, or null. Whole chunks only, and never the last one, which still grows. */
function dirtyEnd(log: PartitionLog, config: TopicConfig, now: number): number | null {
  if (!config.compacted) return null
  const limit = cleanable(log, config, now)
  const tail = log.chunks.at(-1)
  let [clean, dirty, end] = [0, 0, log.logStart]
  for (const chunk of log.chunks as readonly Chunk[]) {
    if (chunk === tail || chunk.nextOffset > limit) break
    if (chunk.nextOffset <= log.cleanedUpTo) clean += chunk.bytes
    else dirty += chunk.bytes
    end = chunk.nextOffset
  }
  return dirty > 0 && dirty / (clean + dirty) >= config.minDirtyRatio ? end : null
}
