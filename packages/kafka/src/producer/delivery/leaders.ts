import type { FaustError } from '@faust/core'
import { backoff } from '../../cluster/backoff.ts'
import { KAFKA } from '../../requests/error-codes.ts'
import type { TopicMetadata } from '../../requests/metadata.ts'
import { missingPartition, missingTopic, partitionFault } from '../faults.ts'
import { PATIENCE } from '../patience.ts'
import type { ProducerCluster } from '../producer-cluster.ts'
import type { Lane } from '../queue/lane.ts'

/** Ms between two looks. */
const BETWEEN = { first: 50, last: 500 }

/** What is known of a topic that has a lane without a leader. */
interface Search {
  readonly untrack: () => void
  looking: boolean
  looks: number
  /** `monotonic` from which it may be looked for again. */
  again: number
  found: TopicMetadata | undefined
}

/** Where the leader of a lane is, or since when, or why for good, there is none. */
export type Whereabouts = { readonly node: number } | { readonly lookAt: number } | { readonly fault: FaustError }

/** Finds the leaders of lanes, and finds out which topics and partitions do not exist. */
export class Leaders {
  readonly #cluster: ProducerCluster
  readonly #onNews: () => void
  readonly #searches = new Map<string, Search>()
  readonly #stopListening: () => void

  /** `onNews` is called when it is worth to ask again. */
  constructor(cluster: ProducerCluster, onNews: () => void) {
    this.#cluster = cluster
    this.#onNews = onNews
    this.#stopListening = cluster.onChange(onNews)
  }

  of(lane: Lane): Whereabouts {
    const search = this.#search(lane.topic)
    const leader = this.#cluster.leader(lane)
    if (leader !== undefined) {
      lane.missingSince = null
      return { node: leader.node }
    }
    const now = this.#cluster.clock.monotonic()
    const fault = this.#missing(lane, search.found, now)
    if (fault !== null) {
      lane.missingSince = null
      return { fault }
    }
    if (!search.looking && now >= search.again) void this.#look(lane.topic, search)
    return { lookAt: search.looking ? Infinity : search.again }
  }

  close(): void {
    this.#stopListening()
    for (const { untrack } of this.#searches.values()) untrack()
    this.#searches.clear()
  }

  #search(topic: string): Search {
    let search = this.#searches.get(topic)
    if (search === undefined) {
      search = { untrack: this.#cluster.track([topic]), looking: false, looks: 0, again: 0, found: undefined }
      this.#searches.set(topic, search)
    }
    return search
  }

  async #look(topic: string, search: Search): Promise<void> {
    const { clock } = this.#cluster
    search.looking = true
    search.looks++
    await this.#cluster.refresh([topic])
    // Nothing while no broker answers: the sends wait for one until their time is up.
    search.found = this.#cluster.topic(topic)
    search.looking = false
    search.again = clock.monotonic() + backoff(clock, BETWEEN, search.looks)
    this.#onNews()
  }

  #missing(lane: Lane, found: TopicMetadata | undefined, now: number): FaustError | null {
    if (found === undefined) return null
    const { error, partitions } = found
    const hasPartition = partitions.some(({ partition }) => partition === lane.partition)
    if (error === 0 && hasPartition) {
      lane.missingSince = null
      return null
    }
    if (error !== 0 && error !== KAFKA.UNKNOWN_TOPIC_OR_PARTITION) {
      const fault = partitionFault(lane, error, null)
      return fault.retriable ? null : fault
    }
    lane.missingSince ??= now
    if (now - lane.missingSince < PATIENCE) return null
    if (error === 0) return missingPartition(lane, partitions.length)
    // Nobody asks for it any more; a later send begins anew.
    this.#searches.get(lane.topic)?.untrack()
    this.#searches.delete(lane.topic)
    return missingTopic(lane)
  }
}
