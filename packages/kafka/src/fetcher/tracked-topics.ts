import type { Cluster } from '../cluster/cluster.ts'

/** Keeps metadata fresh of the topics that are read. */
export class TrackedTopics {
  readonly #cluster: Cluster
  readonly #tracked = new Map<string, () => void>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  set(topics: ReadonlySet<string>): void {
    for (const [topic, untrack] of this.#tracked) {
      if (topics.has(topic)) continue
      this.#tracked.delete(topic)
      untrack()
    }
    for (const topic of topics) {
      if (!this.#tracked.has(topic)) this.#tracked.set(topic, this.#cluster.track([topic]))
    }
  }
}
