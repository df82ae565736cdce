import type { Clock, Timer } from '../../../service/clock.ts'
import type { OffsetStore } from './offset-store.ts'
import type { LogScheduler, ScheduledTask } from './scheduler.ts'
import type { TopicRegistry } from './topic-registry.ts'
import type { Transaction } from './transaction.ts'

/** What `MarkerWriter` needs of the rest. */
export interface MarkerWriterOptions {
  readonly clock: Clock
  readonly scheduler: LogScheduler
  readonly topics: TopicRegistry
  readonly offsets: OffsetStore
}

/** Brings the markers of decided transactions to their partitions, each by itself and when the scheduler says so. */
export class MarkerWriter {
  readonly #options: MarkerWriterOptions
  readonly #timers = new Set<Timer>()

  constructor(options: MarkerWriterOptions) {
    this.#options = options
  }

  /** Writes all markers of a transaction, then calls `done`. What throws meanwhile is tried again later. */
  write(transaction: Transaction, done: () => void): void {
    const { transactionalId, producerId, producerEpoch } = transaction
    const commit = transaction.state === 'prepare-commit'
    const { topics, offsets, clock } = this.#options
    const missing = new Map<ScheduledTask, () => void>()
    for (const { topic, partition } of transaction.partitions.values()) {
      missing.set({ kind: 'marker', transactionalId, topic, partition }, () => {
        // A topic deleted meanwhile needs no marker.
        topics.log({ topic, partition })?.writeMarker({ producerId, producerEpoch, commit, now: clock.now() })
      })
    }
    for (const group of transaction.groups) {
      missing.set({ kind: 'marker', transactionalId, group }, () => {
        offsets.writeMarker(group, producerId, producerEpoch, commit)
      })
    }
    for (const task of missing.keys()) this.#schedule(task, missing, done)
  }

  /** Writes nothing any more. */
  close(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  #schedule(task: ScheduledTask, missing: Map<ScheduledTask, () => void>, done: () => void): void {
    const timer = this.#options.scheduler.schedule(task, () => {
      this.#timers.delete(timer)
      try {
        missing.get(task)?.()
        missing.delete(task)
        if (missing.size === 0) done()
      } catch {
        // The disk refuses at the moment: a decided transaction must not stay half done.
        this.#schedule(task, missing, done)
      }
    })
    this.#timers.add(timer)
  }
}
