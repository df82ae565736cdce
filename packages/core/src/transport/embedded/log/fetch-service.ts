import type { Clock, Timer } from '../../../service/clock.ts'
import type { FetchAnswer, FetchPartition, FetchRequest } from './broker-records.ts'
import { KafkaError } from './kafka-error.ts'
import type { KafkaErrorCode } from './kafka-error.ts'
import { readPartition } from './read-partition.ts'
import type { TopicRegistry } from './topic-registry.ts'

/** The one leader epoch of a log without replicas. */
const LEADER_EPOCH = 0

/** What `FetchService` needs of the rest. */
export interface FetchServiceOptions {
  readonly clock: Clock
  readonly topics: TopicRegistry
}

/** Reads records, and waits where there are none. */
export class FetchService {
  readonly #options: FetchServiceOptions
  /** Ends every wait, for `close`. */
  readonly #waits = new Set<() => void>()

  constructor(options: FetchServiceOptions) {
    this.#options = options
  }

  fetch(request: FetchRequest): readonly FetchAnswer[] | Promise<readonly FetchAnswer[]> {
    const answers = this.#read(request)
    if (answers.length > 0 || request.maxWait <= 0 || request.signal?.aborted === true) return answers
    return this.#wait(request)
  }

  /** Answers every wait at once. */
  close(): void {
    for (const end of this.#waits) end()
  }

  #read(request: FetchRequest): FetchAnswer[] {
    const answers: FetchAnswer[] = []
    let records = request.maxRecords
    let bytes = request.maxBytes
    for (const place of request.partitions) {
      const answer = this.#readOne(request, place, { records, bytes })
      if (answer === null) continue
      records = Math.max(0, records - answer.records.length)
      bytes = Math.max(0, bytes - answer.bytes)
      answers.push(answer)
    }
    return answers
  }

  #readOne(
    { isolation }: FetchRequest,
    place: FetchPartition,
    bounds: { readonly records: number; readonly bytes: number },
  ): FetchAnswer | null {
    const { topic: name, partition, offset, topicId } = place
    const topic = this.#options.topics.get(name)
    const log = topic?.partitions[partition]
    if (topic === undefined || log === undefined) return refuse(place, KafkaError.UNKNOWN_TOPIC_OR_PARTITION)
    const { logStart, logEnd, lastStable } = log
    const ends = { logStart, highWatermark: logEnd, lastStable }
    if (topicId !== undefined && topicId !== topic.id) {
      return { ...refuse(place, KafkaError.INCONSISTENT_TOPIC_ID), ...ends, topicId: topic.id }
    }
    if (offset < logStart || offset > logEnd) {
      return { ...refuse(place, KafkaError.OFFSET_OUT_OF_RANGE), ...ends, topicId: topic.id }
    }
    const read = readPartition(log, offset, isolation, bounds)
    if (read === null) return null
    return {
      topic: name,
      partition,
      error: KafkaError.NONE,
      offset,
      topicId: topic.id,
      records: read.records,
      nextOffset: read.nextOffset,
      logStart,
      highWatermark: logEnd,
      lastStable,
      leaderEpoch: LEADER_EPOCH,
      bytes: read.bytes,
    }
  }

  #wait(request: FetchRequest): Promise<readonly FetchAnswer[]> {
    return new Promise((resolve) => {
      const ends: (() => void)[] = []
      let timer: Timer | null = null
      const settle = (answers: readonly FetchAnswer[]) => {
        timer?.cancel()
        this.#waits.delete(end)
        request.signal?.removeEventListener('abort', end)
        for (const unwatch of ends) unwatch()
        resolve(answers)
      }
      const end = () => settle([])
      const retry = () => {
        const answers = this.#read(request)
        if (answers.length > 0) settle(answers)
      }
      this.#waits.add(end)
      timer = this.#options.clock.setTimeout(end, request.maxWait)
      request.signal?.addEventListener('abort', end)
      for (const place of request.partitions) {
        const log = this.#options.topics.log(place)
        if (log !== undefined) ends.push(log.watch(retry))
      }
    })
  }
}

function refuse({ topic, partition, offset }: FetchPartition, error: KafkaErrorCode): FetchAnswer {
  const ends = { logStart: -1, highWatermark: -1, lastStable: -1, leaderEpoch: -1 }
  return { topic, partition, error, offset, topicId: '', records: [], nextOffset: offset, ...ends, bytes: 0 }
}
