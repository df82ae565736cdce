import { isFaustError, messageOf } from '@faust/core'
import type { Clock, Logger, Timer } from '@faust/core'
import type { Connection } from '../connection/connection.ts'
import { deferred } from '../connection/wait.ts'
import type { Deferred } from '../connection/wait.ts'
import { metadataApi } from '../requests/metadata.ts'
import type { MetadataResponse, TopicMetadata } from '../requests/metadata.ts'
import type { AnyBroker } from './any-broker.ts'
import { backoff, SLOW } from './backoff.ts'
import { Deadline } from './deadline.ts'
import type { MetadataCache } from './metadata-cache.ts'
import { TryAgain } from './retry.ts'
import type { TopicsInUse } from './topics-in-use.ts'

/** Ms after which metadata is asked for again though nothing seems wrong. */
const MAX_AGE = 60_000
/** Ms for one refresh. */
const WITHIN = 30_000
/** Ms after which a refresh is no repetition of the one before. */
const CALM = 5_000

export interface UpdaterParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly connection: Connection
  readonly cache: MetadataCache
  readonly brokers: AnyBroker
  readonly topics: TopicsInUse
}

/**
 * Keeps the cache fresh: every 60 s, and at once when somebody was sent to a wrong leader, with back-off while that
 * helps nothing. One request at a time; those who ask together share it. No topic is created by asking.
 */
export class MetadataUpdater {
  readonly #parts: UpdaterParts
  readonly #listeners = new Set<(topics: readonly TopicMetadata[]) => void>()
  readonly #closed = new AbortController()
  #timer: { readonly at: number; readonly timer: Timer } | undefined
  #running = false
  /** Of those who wait for a refresh that begins after they asked. */
  #next: Deferred<void> | undefined
  /** Refreshes in a row that were asked for and changed nothing. */
  #vain = 0
  #endedAt = Number.NEGATIVE_INFINITY
  #down = false

  constructor(parts: UpdaterParts) {
    this.#parts = parts
  }

  onChange(listener: (topics: readonly TopicMetadata[]) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** From now on everything is asked for again every 60 s. */
  start(): void {
    this.#schedule(MAX_AGE)
  }

  /** Resolves, and never rejects, when a refresh that began after this call has ended, successful or not. */
  refresh(topics: readonly string[]): Promise<void> {
    if (this.#closed.signal.aborted) return Promise.resolve()
    const { cache } = this.#parts
    for (const topic of topics) this.#parts.topics.use(topic)
    // To ask for something new is not to ask again.
    if (topics.some((topic) => cache.topic(topic) === undefined)) this.#vain = 0
    this.#next ??= deferred()
    if (!this.#running) this.#scheduleAsked()
    return this.#next.promise
  }

  /**
   * Takes over what an answer says of brokers and of topics in use, whoever asked: others nobody would keep fresh. Gives the
   * topics that a second answer has to confirm.
   */
  apply(answer: MetadataResponse): readonly string[] {
    const { cache, connection, topics: inUse } = this.#parts
    const { topics, doubtful } = cache.apply({ ...answer, topics: answer.topics.filter(({ name }) => inUse.has(name)) })
    connection.setBrokers(cache.brokers)
    if (topics.length > 0) {
      this.#vain = 0
      for (const listener of this.#listeners) listener(topics)
    }
    return doubtful
  }

  close(): void {
    this.#closed.abort()
    this.#timer?.timer.cancel()
    this.#next?.resolve()
  }

  #scheduleAsked(): void {
    const { clock } = this.#parts
    if (clock.monotonic() - this.#endedAt > CALM) this.#vain = 0
    this.#schedule(this.#vain === 0 ? 0 : backoff(clock, SLOW, this.#vain))
  }

  #schedule(delay: number): void {
    const { clock } = this.#parts
    const at = clock.monotonic() + delay
    if (this.#closed.signal.aborted || (this.#timer !== undefined && this.#timer.at <= at)) return
    this.#timer?.timer.cancel()
    this.#timer = { at, timer: clock.setTimeout(() => void this.#run(), delay) }
  }

  async #run(): Promise<void> {
    this.#timer = undefined
    this.#running = true
    const asked = this.#next
    this.#next = undefined
    if (asked !== undefined) this.#vain++
    try {
      await this.#refresh()
    } catch (error) {
      this.#failed(error)
    }
    this.#running = false
    this.#endedAt = this.#parts.clock.monotonic()
    asked?.resolve()
    if (this.#next !== undefined) this.#scheduleAsked()
    this.#schedule(this.#down ? SLOW.last : MAX_AGE)
  }

  async #refresh(): Promise<void> {
    const { clock, cache, brokers, topics } = this.#parts
    const deadline = new Deadline(clock, WITHIN, this.#closed.signal)
    const names = topics.current((topic) => cache.forget(topic))
    const first = await brokers.ask(metadataApi, { topics: names, autoCreate: false }, deadline)
    if (first instanceof TryAgain) return this.#failed(first.error)
    this.#reached()
    const doubtful = this.apply(first.answer)
    if (doubtful.length === 0) return
    // Somebody else may know better.
    const second = await brokers.ask(metadataApi, { topics: doubtful, autoCreate: false }, deadline, first.node)
    if (!(second instanceof TryAgain)) this.apply(second.answer)
  }

  #failed(error: unknown): void {
    if (this.#down || isFaustError(error, 'FAUST_ABORTED') || isFaustError(error, 'FAUST_CLOSED')) return
    this.#down = true
    this.#parts.logger.warn({ error: messageOf(error) }, 'Kafka can not be reached; it is tried again until it can')
  }

  #reached(): void {
    if (this.#down) this.#parts.logger.info('Kafka is reached again')
    this.#down = false
  }
}
