import { isFaustError } from '@faust/core'
import type { FaustError } from '@faust/core'
import { backoff, SLOW } from '../cluster/backoff.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { isUnavailable } from '../connection/faults.ts'
import { sleep } from '../connection/wait.ts'
import { brokerFault } from '../requests/broker-fault.ts'
import { KAFKA } from '../requests/error-codes.ts'
import { kafkaError } from '../requests/kafka-errors.ts'
import { outOfRange, topicGone, topicRecreated } from './faults.ts'
import { listEnds } from './list-ends.ts'
import type { LogRange } from './faults.ts'
import type { Position } from './position.ts'
import type { Scope } from './scope.ts'

/** The broker names no such topic or partition: by name, and by id. */
const NOT_THERE: ReadonlySet<number> = new Set([
  KAFKA.UNKNOWN_TOPIC_OR_PARTITION,
  KAFKA.UNKNOWN_TOPIC_ID,
  KAFKA.INCONSISTENT_TOPIC_ID,
])

/** Ms for which brokers may disagree whether a topic exists. */
const GRACE = 5_000
/** Ms for the question where a log begins and ends. */
const RANGE_WITHIN = 10_000

export interface TroubleOptions {
  readonly cluster: Cluster
  readonly onMissing: 'error' | 'wait'
  /** Ends all waiting. */
  readonly scope: Scope
  /** A partition can be fetched again, or has failed. */
  readonly wake: () => void
}

/** What is done about partitions that can't be fetched now. Each waits for itself; the others are fetched meanwhile. */
export class Trouble {
  readonly #options: TroubleOptions
  #looking = 0

  constructor(options: TroubleOptions) {
    this.#options = options
  }

  /** Whether it is being found out what a partition's error is to say. */
  get looking(): boolean {
    return this.#looking > 0
  }

  /** A broker answered an error where its next fetch begins. */
  refused(position: Position, error: number): void {
    // What is kept is handed over first; then the same is asked again.
    if (position.kept.length > 0) return this.#later(position, () => this.#renew(position))
    if (error === KAFKA.OFFSET_OUT_OF_RANGE) return this.#later(position, () => this.#findRange(position))
    if (NOT_THERE.has(error)) return this.#later(position, () => this.#findTopic(position, true))
    if (kafkaError(error).retriable && kafkaError(error).becomes === 'FAUST_TRANSPORT_UNAVAILABLE') {
      return this.#later(position, () => this.#renew(position))
    }
    const { name: subject, topic, partition, offset } = position
    position.fail(brokerFault(error, { subject, details: { topic, partition, offset } }))
    this.#options.wake()
  }

  /** No leader is known of it. */
  leaderless(position: Position): void {
    this.#later(position, () => this.#findTopic(position, false))
  }

  /** What a position followed was cut off at `end` by a new leader; -1 where that does not know the epoch at all. */
  truncated(position: Position, end: number): void {
    this.#later(position, () => this.#findRange(position, end))
  }

  /** A topic that was made again counts its offsets anew: what was fetched last may be of either. */
  recreated(position: Position, id: string): void {
    position.forget()
    position.doubt()
    position.nextTopicId = id
    this.#later(position, () => this.#tellRecreated(position))
  }

  /** Metadata has changed. Brokers may be behind: it is a reason to ask the leader, no more. */
  metadataChanged(position: Position): void {
    const known = this.#options.cluster.topic(position.topic)
    if (known === undefined || known.error !== 0) return
    if (position.failure?.code === 'FAUST_TOPIC_MISSING') {
      position.failure = null
      position.doubt()
    }
    const { topicId, nextTopicId, failure } = position
    // Or the leader has told already, and poll is about to.
    if (topicId === undefined || topicId === known.id || nextTopicId === known.id || failure !== null) return
    position.forget()
    position.doubt()
  }

  #later(position: Position, work: () => Promise<void>): void {
    position.blocked = true
    const { version } = position
    void work()
      .catch((error: unknown) => this.#failed(position, version, error))
      .then(() => {
        if (position.version === version) position.blocked = false
        if (!this.#options.scope.ended) this.#options.wake()
      })
  }

  async #failed(position: Position, version: number, error: unknown): Promise<void> {
    if (this.#options.scope.ended || position.version !== version) return
    if (isUnavailable(error)) return this.#wait(position).catch(() => {})
    if (isFaustError(error, 'FAUST_TOPIC_MISSING') && this.#options.onMissing === 'wait') {
      return this.#wait(position).catch(() => {})
    }
    position.fail(error as FaustError)
  }

  #wait(position: Position): Promise<void> {
    const { scope, cluster } = this.#options
    const { clock } = cluster
    return scope.run((signal) => sleep(clock, backoff(clock, SLOW, ++position.tries), signal))
  }

  /** Another leader is asked at once; where there is no news, later. */
  async #renew(position: Position): Promise<void> {
    const { cluster } = this.#options
    const before = cluster.leader(position)
    await cluster.refresh([position.topic])
    const now = cluster.leader(position)
    const news = now !== undefined && (now.node !== before?.node || now.epoch !== before.epoch)
    if (!news) await this.#wait(position)
  }

  async #tellRecreated(position: Position): Promise<void> {
    const { version } = position
    await this.#options.cluster.refresh([position.topic])
    // Its range is a help, not a condition.
    const range = await this.#range(position).catch(() => undefined)
    if (position.version === version) position.fail(topicRecreated(position, range))
  }

  async #findRange(position: Position, truncatedAt?: number): Promise<void> {
    const { version, offset } = position
    const range = await this.#range(position)
    if (range === undefined || position.version !== version) return
    if (truncatedAt !== undefined || offset < range.logStart || offset > range.logEnd) {
      position.fail(outOfRange(position, range, truncatedAt === -1 ? range.logEnd : truncatedAt))
      return
    }
    // The log has moved meanwhile.
    await this.#renew(position)
  }

  async #range(position: Position): Promise<LogRange | undefined> {
    const { scope, cluster } = this.#options
    const what = `Looking where ${position.name} begins and ends`
    this.#looking++
    try {
      const [range] = await scope.run((signal) => listEnds(cluster, [position], { what, within: RANGE_WITHIN, signal }))
      return range
    } finally {
      this.#looking--
    }
  }

  /** `told`: a broker that was asked for records said that there is no such partition. */
  async #findTopic(position: Position, told: boolean): Promise<void> {
    const { cluster, onMissing } = this.#options
    const { version } = position
    await cluster.refresh([position.topic])
    if (position.version !== version) return
    position.doubt()
    if (!told && cluster.leader(position) !== undefined) return
    const now = cluster.clock.monotonic()
    if (told) position.missingSince ??= now
    const saidFor = now - (position.missingSince ?? now)
    const gone = cluster.topic(position.topic)?.error === KAFKA.UNKNOWN_TOPIC_OR_PARTITION || saidFor >= GRACE
    if (gone && onMissing === 'error') position.fail(topicGone(position))
    else await this.#wait(position)
  }
}
