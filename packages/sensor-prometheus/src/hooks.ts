import type { Sensor } from '@faust/core'
import type { Metrics } from './metrics.ts'
import { PartitionGauges, type Place } from './partition-gauges.ts'

type Hook = Exclude<Extract<keyof Sensor, `on${string}`>, 'onState'>

/** Every hook but `onState`, for one app that runs. */
export interface Recording extends Required<Pick<Sensor, Hook>> {
  /** Removes the gauges of this app: they tell what is, and it is no more. What was counted stays. */
  end(): void
}

/** Writes what hooks are told into metrics. Durations become seconds here, and nowhere else. */
export function record(app: string, { counters, gauges, histograms }: Metrics): Recording {
  const { readOffset, endOffset, committedOffset, lag, paused, restoreLeft, restoreProgress, standbyLag } = gauges
  const inputs = new PartitionGauges({ readOffset, endOffset, committedOffset, lag, paused })
  const restores = new PartitionGauges({ restoreLeft, restoreProgress })
  const standbys = new PartitionGauges({ standbyLag })
  const input = (topic: string, partition: number): Place => ({ app, topic, partition })
  const copy = (table: string, partition: number): Place => ({ app, table, partition })
  const result = (error: unknown): 'error' | 'ok' => (error === undefined ? 'ok' : 'error')

  return {
    onReceived({ topic, partition, count, bytes, nextOffset, lag: unread }) {
      counters.received.inc({ app, topic }, count)
      counters.receivedBytes.inc({ app, topic }, bytes)
      const place = input(topic, partition)
      const end = nextOffset + unread
      const reached = inputs.values(place)?.committedOffset ?? nextOffset
      inputs.set(place, { readOffset: nextOffset, endOffset: end, lag: Math.max(0, end - reached) })
    },
    onProcessed({ agent, topic, count, duration }) {
      counters.processed.inc({ app, agent, topic }, count)
      histograms.processing.observe({ app, agent }, duration / 1000)
    },
    onFailed({ agent, outcome }) {
      counters.failures.inc({ app, agent, outcome })
    },
    onStall({ kind }) {
      counters.stalls.inc({ app, kind })
    },
    onSent({ topic, count, bytes, duration, error }) {
      histograms.send.observe({ app, result: result(error) }, duration / 1000)
      if (error === undefined) {
        counters.sent.inc({ app, topic }, count)
        counters.sentBytes.inc({ app, topic }, bytes)
      } else {
        counters.refused.inc({ app, topic }, count)
      }
    },
    onBackPressure({ topic, partition, paused }) {
      if (paused) counters.queueFull.inc({ app, topic })
      if (inputs.values(input(topic, partition))) inputs.set(input(topic, partition), { paused: paused ? 1 : 0 })
    },
    onTable({ table, gets, sets, deletes, late }) {
      counters.tableOperations.inc({ app, table, operation: 'get' }, gets)
      counters.tableOperations.inc({ app, table, operation: 'set' }, sets)
      counters.tableOperations.inc({ app, table, operation: 'delete' }, deletes)
      counters.late.inc({ app, table }, late)
    },
    onCommit({ duration, entries, offsets, error }) {
      histograms.commit.observe({ app, result: result(error) }, duration / 1000)
      if (error !== undefined) return
      counters.entries.inc({ app }, entries)
      for (const { topic, partition, offset } of offsets) {
        // A commit that was on its way when its partition left brings it not back.
        const known = inputs.values(input(topic, partition))
        if (known === undefined) continue
        inputs.set(input(topic, partition), { committedOffset: offset, lag: Math.max(0, known.endOffset! - offset) })
      }
    },
    onRebalance({ generation, added, kept, duration }) {
      histograms.rebalance.observe({ app }, duration / 1000)
      gauges.tasks.set({ app }, added + kept)
      gauges.generation.set({ app }, generation)
    },
    onReleased({ topics, tables }) {
      for (const { topic, partition } of topics) inputs.remove(input(topic, partition))
      for (const { table, partition } of tables) restores.remove(copy(table, partition))
    },
    onRestore({ table, partition, done, total, duration }) {
      restores.set(copy(table, partition), {
        restoreLeft: total - done,
        restoreProgress: total === 0 ? 1 : done / total,
      })
      if (done === total) histograms.restore.observe({ app, table }, duration / 1000)
    },
    onStandby({ table, partition, lag, following }) {
      if (following) standbys.set(copy(table, partition), { standbyLag: lag })
      else standbys.remove(copy(table, partition))
    },
    end() {
      for (const each of [inputs, restores, standbys]) each.clear()
      gauges.tasks.remove({ app })
      gauges.generation.remove({ app })
    },
  }
}
