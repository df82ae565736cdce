import { isFaustError } from '@faust/core'
import type { Cluster } from '../cluster/cluster.ts'
import { isUnavailable } from '../connection/faults.ts'
import { KAFKA } from '../requests/error-codes.ts'
import type { TopicMetadata } from '../requests/metadata.ts'

/** Ms for which topics that were never asked about may hold up a join. */
const LOOK_WITHIN = 5_000

/**
 * Knows the topics that matter to a member and how many partitions they had when it last joined; tells when that is no
 * longer so. Every member watches, not only the leader: a leader that is busy or behind would leave new partitions unread.
 */
export class TopicWatch {
  readonly #cluster: Cluster
  readonly #changed: () => void
  readonly #unlisten: () => void
  #topics: readonly string[] = []
  #counts: ReadonlyMap<string, number> = new Map()
  #untrack: () => void = () => {}

  constructor(cluster: Cluster, changed: () => void) {
    this.#cluster = cluster
    this.#changed = changed
    this.#unlisten = cluster.onChange((topics) => this.#compare(topics))
  }

  /** Before a join: from here on these are watched. Never rejects for want of an answer. */
  async follow(topics: readonly string[], signal: AbortSignal): Promise<void> {
    const untrack = this.#cluster.track(topics)
    this.#untrack()
    this.#untrack = untrack
    const unknown = topics.filter((topic) => this.#cluster.topic(topic) === undefined)
    this.#topics = []
    if (unknown.length > 0) await this.#look(unknown, signal)
    this.#topics = topics
    this.#counts = this.#known(topics)
  }

  /** For the leader: counts of the topics of all members, as fresh as the cluster can say. These are watched as well. */
  async counts(topics: readonly string[], within: number, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const untrack = this.#cluster.track(topics)
    this.#untrack()
    this.#untrack = untrack
    // What this very question brings to light is no change: the plan is made with it.
    this.#topics = []
    await this.#cluster.describe(topics, { within, signal })
    this.#topics = topics
    this.#counts = this.#known(topics)
    return this.#counts
  }

  /** Asks about topics that do not exist yet, so that a new one is not found only when metadata grow old. */
  lookForMissing(): void {
    const missing = this.#topics.filter((topic) => !this.#counts.has(topic))
    if (missing.length > 0) void this.#cluster.refresh(missing)
  }

  close(): void {
    this.#unlisten()
    this.#untrack()
  }

  async #look(topics: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      await this.#cluster.describe(topics, { within: LOOK_WITHIN, signal })
    } catch (error) {
      if (!isUnavailable(error) && !isFaustError(error, 'FAUST_ABORTED')) throw error
    }
  }

  #compare(topics: readonly TopicMetadata[]): void {
    const watched = new Set(this.#topics)
    const differs = topics.some((topic) => watched.has(topic.name) && countOf(topic) !== this.#counts.get(topic.name))
    if (differs) this.#changed()
  }

  #known(topics: readonly string[]): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const name of topics) {
      const topic = this.#cluster.topic(name)
      const count = topic === undefined ? undefined : countOf(topic)
      if (count !== undefined) counts.set(name, count)
    }
    return counts
  }
}

/** A topic that has partitions exists, also while a broker says that it has no leader or that it may not be seen. */
function countOf({ error, partitions }: TopicMetadata): number | undefined {
  return error === KAFKA.UNKNOWN_TOPIC_OR_PARTITION || partitions.length === 0 ? undefined : partitions.length
}
