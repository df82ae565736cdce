import { partitionKey } from '@faust/core'
import type { TopicPartition } from '@faust/core'
import { KAFKA } from '../requests/error-codes.ts'
import type { FetchPartition, FetchRequest, FetchResponse } from '../requests/fetch.ts'

/** The part of a Fetch request that the session decides. */
export type SessionPart = Pick<FetchRequest, 'sessionId' | 'sessionEpoch' | 'partitions' | 'forgotten'>

/** After it comes 1; 0 would start a new session. */
const LAST_EPOCH = 2 ** 31 - 1

/**
 * What a broker remembers of our requests, so that each one names only what has changed
 * (KIP-227: https://cwiki.apache.org/confluence/x/D5VTC). A request without an answer leaves open whether the broker has
 * counted it; then everything is said anew.
 */
export class FetchSession {
  #id = 0
  /** Of the next request; 0 is a full one. */
  #epoch = 0
  readonly #held = new Map<string, FetchPartition>()

  /** Where counting begins after the first answer. */
  constructor(epoch = 1) {
    this.#first = epoch
  }
  readonly #first: number

  /** Whether the next request names everything, in the order it is given. */
  get isFull(): boolean {
    return this.#epoch === 0
  }

  /** What to send so that the broker serves exactly `wanted`. Has to be followed by `answered` or `restart`. */
  next(wanted: readonly FetchPartition[]): SessionPart {
    const sessionId = this.#id
    const sessionEpoch = this.#epoch
    if (this.isFull) {
      this.#held.clear()
      for (const each of wanted) this.#held.set(keyOf(each), each)
      return { sessionId, sessionEpoch, partitions: wanted, forgotten: [] }
    }
    const gone = new Map(this.#held)
    const partitions: FetchPartition[] = []
    for (const each of wanted) {
      const key = keyOf(each)
      const held = gone.get(key)
      gone.delete(key)
      if (held !== undefined && held.offset === each.offset && held.leaderEpoch === each.leaderEpoch) continue
      this.#held.set(key, each)
      partitions.push(each)
    }
    for (const key of gone.keys()) this.#held.delete(key)
    return { sessionId, sessionEpoch, partitions, forgotten: [...gone.values()] }
  }

  /** Takes note of an answer; false when it is none, and everything has to be said anew. */
  answered({ error, sessionId, partitions }: FetchResponse): boolean {
    if (error !== 0) {
      // The old one is named so that the broker lets go of it, unless it has already.
      if (error === KAFKA.FETCH_SESSION_ID_NOT_FOUND) this.#id = 0
      this.#epoch = 0
      return false
    }
    if (partitions.some((each) => !this.#held.has(keyOf(each)))) {
      this.restart()
      return false
    }
    if (sessionId === 0) {
      // The broker has no room for one.
      this.#id = 0
      this.#epoch = 0
      return true
    }
    this.#epoch = this.isFull ? this.#first : nextEpoch(this.#epoch)
    this.#id = sessionId
    return true
  }

  /** The next request says everything anew: an answer was lost, or one is needed about every partition. */
  restart(): void {
    this.#epoch = 0
  }
}

function nextEpoch(epoch: number): number {
  return epoch === LAST_EPOCH ? 1 : epoch + 1
}

function keyOf({ topic, partition }: TopicPartition): string {
  return partitionKey(topic, partition)
}
