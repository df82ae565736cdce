import { FaustError, isFaustError } from '../../../service/errors.ts'
import { isPromise } from '../../../service/maybe-promise.ts'
import type { MaybePromise } from '../../../service/maybe-promise.ts'
import { sleep } from '../../../service/wait.ts'
import type { PollOptions } from '../../group.ts'
import type { RecordBatch } from '../../record.ts'
import type { FetchAnswer, FetchPartition, Isolation } from '../log/broker-records.ts'
import { KafkaError } from '../log/kafka-error.ts'
import { ANSWER_TIMEOUT, once } from './ask.ts'
import { closedError } from './client.ts'
import type { Client } from './client.ts'
import { faultOf, partitionName } from './fault.ts'
import { PositionSet } from './position-set.ts'
import type { Position } from './position-set.ts'

/** Bytes of one answer unless the caller says otherwise. */
const MOST_BYTES = 50 * 1024 * 1024
/** Ms after a lost answer before the log is asked again. */
const LOST_DELAY = 20

/** What `PartitionPoller` is made from. */
export interface PartitionPollerOptions {
  readonly client: Client
  readonly isolation: Isolation
  /** Whether a topic that has gone is an error; a group waits for its rebalance instead. */
  readonly missingIsError: boolean
  /** Begins messages: `The reader`. */
  readonly name: string
}

/**
 * Reads from the positions of a consumer or reader. What is answered late, for a position that has moved or gone
 * meanwhile, is dropped.
 */
export class PartitionPoller {
  readonly positions: PositionSet = new PositionSet()
  readonly #options: PartitionPollerOptions
  /** Ends the wait that is going on. */
  #waiting: AbortController | null = null
  /** Whether the last answer had records: then the next one most likely has too, and no wait is prepared. */
  #busy = false
  /** Errors about partitions take turns with the records of the others. */
  #threw = false

  constructor(options: PartitionPollerOptions) {
    this.#options = options
    this.positions.onChange = () => this.wake()
  }

  /** Makes the running `poll` look again. */
  wake(): void {
    this.#waiting?.abort()
  }

  /** One poll; `ended` is asked after every wait and ends it with an empty answer. */
  async poll(options: PollOptions, ended: () => boolean): Promise<readonly RecordBatch[]> {
    const { client, name } = this.#options
    const { clock, turns, killed } = client
    const deadline = options.maxWait > 0 ? clock.monotonic() + options.maxWait : 0
    // Nothing is read yet in the caller's own step: what it seeks or pauses in it still counts.
    await turns.next()
    for (;;) {
      if (killed.aborted) throw closedError(name)
      if (ended()) return []
      this.#throwInTurn()
      const failing = this.positions.firstFailure() !== null
      const left = options.maxWait > 0 && !failing ? deadline - clock.monotonic() : 0
      const batches = await this.#unlessLost(() => this.#once(options, this.#busy ? 0 : Math.max(0, left)))
      if (batches.length > 0) {
        this.#busy = true
        return batches
      }
      if (this.#busy) {
        this.#busy = false
        if (left > 0) continue
      }
      if (this.positions.firstFailure() !== null) continue
      if (left <= 0 || options.signal?.aborted === true) return batches
    }
  }

  /** A request or answer that was lost on the way is an empty answer: the next one asks for the same again. */
  async #unlessLost(ask: () => MaybePromise<readonly RecordBatch[]>): Promise<readonly RecordBatch[]> {
    const { clock, killed } = this.#options.client
    try {
      const found = ask()
      return isPromise(found) ? await found : found
    } catch (error) {
      if (!isFaustError(error, 'FAUST_TRANSPORT_UNAVAILABLE') || !error.retriable) throw error
      await sleep(clock, LOST_DELAY, killed).catch(() => {})
      return []
    }
  }

  #throwInTurn(): void {
    const failure = this.positions.firstFailure()
    if (failure !== null && !this.#threw) {
      this.#threw = true
      throw failure
    }
    this.#threw = false
  }

  /** Asks the log once, waiting at most `maxWait` ms. Synchronous up to the answer when there are records. */
  #once(options: PollOptions, maxWait: number): readonly RecordBatch[] | Promise<readonly RecordBatch[]> {
    const partitions = this.positions.toFetch()
    if (partitions.length === 0) return maxWait > 0 ? this.#idle(options, maxWait) : []
    const { client, isolation, name } = this.#options
    const waiting = maxWait > 0 ? new AbortController() : null
    const { maxRecords = Number.POSITIVE_INFINITY, maxBytes = MOST_BYTES } = options
    const request = { isolation, partitions, maxWait, maxRecords, maxBytes, signal: waiting?.signal }
    const { topicVersion } = this.positions
    const answer = once(client, () => client.broker.fetch(request), {
      what: name,
      answerWithin: maxWait + ANSWER_TIMEOUT,
    })
    if (!isPromise(answer)) return this.#accept(partitions, answer, topicVersion)
    return this.#during(waiting ?? new AbortController(), options, () => answer).then((answers) =>
      this.#accept(partitions, answers, topicVersion),
    )
  }

  /** Waits until there is something to read from. */
  async #idle(options: PollOptions, maxWait: number): Promise<readonly RecordBatch[]> {
    const { clock, killed } = this.#options.client
    const waiting = new AbortController()
    await this.#during(waiting, options, () => {
      return new Promise<void>((resolve) => {
        const end = () => {
          timer.cancel()
          killed.removeEventListener('abort', end)
          resolve()
        }
        const timer = clock.setTimeout(end, maxWait)
        waiting.signal.addEventListener('abort', end, { once: true })
        killed.addEventListener('abort', end)
      })
    })
    return []
  }

  async #during<T>(waiting: AbortController, { signal }: PollOptions, wait: () => PromiseLike<T>): Promise<T> {
    const end = () => waiting.abort()
    this.#waiting = waiting
    signal?.addEventListener('abort', end)
    try {
      const waited = wait()
      if (signal?.aborted === true) end()
      return await waited
    } finally {
      this.#waiting = null
      signal?.removeEventListener('abort', end)
    }
  }

  #accept(
    asked: readonly FetchPartition[],
    answers: readonly FetchAnswer[],
    topicVersion: number,
  ): readonly RecordBatch[] {
    const batches: RecordBatch[] = []
    for (const answer of answers) {
      const position = this.positions.get(answer)
      if (position === undefined || position.paused || position.offset !== answer.offset) continue
      if (answer.error !== KafkaError.NONE) {
        this.#fail(position, answer, topicVersion)
        continue
      }
      // Another incarnation of the topic than the one asked for cannot answer here.
      position.topicId ??= answer.topicId
      position.offset = answer.nextOffset
      const { topic, partition, records, nextOffset, highWatermark, leaderEpoch, bytes } = answer
      batches.push({ topic, partition, records, nextOffset, highWatermark, leaderEpoch, bytes })
    }
    if (asked.length > 1) this.positions.rotate()
    return batches
  }

  #fail(position: Position, answer: FetchAnswer, topicVersion: number): void {
    const { topic, partition, offset, logStart, highWatermark: logEnd, error } = answer
    if (error === KafkaError.UNKNOWN_TOPIC_OR_PARTITION && !this.#options.missingIsError) {
      // It may have been made again while the answer was on its way; then it is asked for anew.
      if (topicVersion === this.positions.topicVersion) this.positions.markMissing(position)
      return
    }
    const details = { topic, partition, offset, logStart, logEnd }
    if (error === KafkaError.UNKNOWN_TOPIC_OR_PARTITION) {
      const message = `${partitionName(topic, partition)} was deleted while it was read: unassign it, or declare the topic again`
      position.failure = new FaustError('FAUST_TOPIC_MISSING', message, { details })
      return
    }
    const message =
      error === KafkaError.OFFSET_OUT_OF_RANGE ? `asked ${offset}, has ${logStart} to ${logEnd}` : undefined
    position.failure = faultOf(error, { subject: partitionName(topic, partition), message, details })
    position.nextTopicId = answer.topicId
  }
}
