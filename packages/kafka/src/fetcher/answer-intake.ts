import { partitionKey } from '@faust/core'
import type { Codecs } from '../records/compression/codec.ts'
import type { FetchedPartition, FetchResponse } from '../requests/fetch.ts'
import type { Isolation } from '../requests/isolation.ts'
import type { TopicMetadata } from '../requests/metadata.ts'
import type { EpochEnd } from '../requests/offset-for-leader-epoch.ts'
import type { Asked } from './fetch-plan.ts'
import { KeptAnswer } from './kept-answer.ts'
import type { PositionSet } from './position-set.ts'
import type { Trouble } from './trouble.ts'

/** Bytes that are kept of partitions that are paused; more is dropped, and fetched again when they are resumed. */
export const MOST_PAUSED: number = 16 * 1024 * 1024

export interface IntakeOptions {
  readonly positions: PositionSet
  readonly trouble: Trouble
  readonly isolation: Isolation
  readonly codecs: Codecs
}

/**
 * Takes in what leaders answer. Whatever was asked of another place, or under another assignment, than now is dropped:
 * records, ends and errors alike.
 */
export class AnswerIntake {
  readonly #options: IntakeOptions

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Answers whether there is something to hand over. */
  fetched(asked: ReadonlyMap<string, Asked>, { partitions }: FetchResponse, now: number): boolean {
    let found = false
    for (const answered of partitions) {
      const question = stillAsked(asked, answered)
      if (question === undefined) continue
      if (answered.error !== 0) this.#options.trouble.refused(question.position, answered.error)
      else if (this.#take(question, answered, now)) found = true
    }
    return found
  }

  /** Which topics a leader serves under the names that are read. */
  verified(asked: ReadonlyMap<string, Asked>, topics: readonly TopicMetadata[], now: number): void {
    const { trouble } = this.#options
    const byName = new Map(topics.map((topic) => [topic.name, topic]))
    for (const { position, topic: name } of asked.values()) {
      const topic = byName.get(name)
      if (topic === undefined || stillAsked(asked, position) === undefined) continue
      if (topic.error !== 0) {
        trouble.refused(position, topic.error)
        continue
      }
      position.topicId ??= topic.id
      if (topic.id === position.topicId) position.verifiedAt = now
      else trouble.recreated(position, topic.id)
    }
  }

  /** Whether new leaders have what was read from the old ones. */
  checked(asked: ReadonlyMap<string, Asked>, ends: readonly EpochEnd[]): void {
    const { trouble } = this.#options
    for (const end of ends) {
      const question = stillAsked(asked, end)
      if (question === undefined) continue
      const { position, offset, leaderEpoch } = question
      const known = end.leaderEpoch >= 0 && end.endOffset >= 0
      if (end.error !== 0) {
        trouble.refused(position, end.error)
      } else if (known && end.endOffset >= offset) {
        position.checkedEpoch = leaderEpoch
      } else {
        // What was fetched and not handed over may be among what was cut off.
        position.forget()
        if (known && end.endOffset >= position.offset) position.checkedEpoch = leaderEpoch
        else trouble.truncated(position, known ? end.endOffset : -1)
      }
    }
  }

  #take({ position, offset, leaderEpoch }: Asked, answered: FetchedPartition, now: number): boolean {
    const { positions, isolation, codecs } = this.#options
    const { topic, partition, records, highWatermark } = answered
    position.tries = 0
    position.missingSince = undefined
    if (highWatermark < position.highWatermark) {
      // A new leader may lag a little; or the topic was made again, and what is here is not the record that was asked for.
      position.highWatermark = -1
      position.doubt()
      return false
    }
    position.highWatermark = highWatermark
    position.verifiedAt = now
    if (position.checkedEpoch < leaderEpoch) position.checkedEpoch = leaderEpoch
    if (records === null || records.length === 0) return false
    if (position.paused && positions.keptBytes(true) + records.length > MOST_PAUSED) return false
    const aborted = isolation === 'read-committed' ? (answered.aborted ?? []) : null
    const source = { topic, partition, bytes: records, position: offset, aborted, codecs }
    position.kept.push(new KeptAnswer(source, position.fetchFrom.leaderEpoch, highWatermark))
    return !position.paused
  }
}

function stillAsked(
  asked: ReadonlyMap<string, Asked>,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): Asked | undefined {
  const question = asked.get(partitionKey(topic, partition))
  if (question === undefined) return undefined
  const { position, version, offset } = question
  return position.version === version && position.fetchFrom.next === offset ? question : undefined
}
