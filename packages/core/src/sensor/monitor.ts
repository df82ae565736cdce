import type { Clock } from '../service/clock.ts'
import { createHistogram } from './histogram.ts'
import { agentPart, partitionPart, readAgent, readTable, readTopic, tablePart, topicPart } from './monitor-parts.ts'
import type { AgentPart, PartitionPart, TablePart, TopicPart } from './monitor-parts.ts'
import type { MonitorSnapshot, MonitorTotals } from './monitor-snapshot.ts'
import { createRate } from './rate.ts'
import type { Sensor } from './sensor.ts'
import { SENSOR_CONTRACT } from './sensor.ts'

/** Over how long a monitor looks back. */
export interface MonitorOptions {
  /** For rates, in ms. Default 10,000. */
  readonly rateWindow?: number | undefined
  /** For latencies, in ms: at least so long and at most twice that. Default 60,000. */
  readonly latencyWindow?: number | undefined
}

/** A sensor that keeps the figures itself, for whoever asks: the summary at the end, a health check, a dashboard. */
export interface Monitor extends Sensor {
  /** The figures of this moment. Costs some microseconds per agent, topic and table. */
  snapshot(): MonitorSnapshot
  /** Counts something of the user's own, in `counts`. */
  count(name: string, n?: number): void
}

/** Memory is bounded by the program: so much per agent, table and partition, however many records there are. */
export function createMonitor(options: MonitorOptions = {}): Monitor {
  const { rateWindow = 10_000, latencyWindow = 60_000 } = options
  let clock: Pick<Clock, 'now' | 'monotonic'> = { now: () => 0, monotonic: () => 0 }
  let startedAt = 0
  let state = 'idle'
  let stateSince = 0
  let group = { generation: -1, tasks: 0 }

  const totals: { -readonly [K in keyof MonitorTotals]: number } = {
    received: 0,
    receivedBytes: 0,
    processed: 0,
    failed: 0,
    sent: 0,
    sentBytes: 0,
    sendErrors: 0,
    commits: 0,
    commitErrors: 0,
    entries: 0,
    rebalances: 0,
    backPressure: 0,
    stalls: 0,
  }
  const rates = { received: createRate(rateWindow), processed: createRate(rateWindow), sent: createRate(rateWindow) }
  const latencies = {
    processing: createHistogram(latencyWindow),
    send: createHistogram(latencyWindow),
    sendError: createHistogram(latencyWindow),
    commit: createHistogram(latencyWindow),
    rebalance: createHistogram(latencyWindow),
    restore: createHistogram(latencyWindow),
  }
  const counts = new Map<string, number>()
  const agents = new Map<string, AgentPart>()
  const topics = new Map<string, TopicPart>()
  const tables = new Map<string, TablePart>()
  const agentOf = (name: string): AgentPart => getOrMake(agents, name, () => agentPart(rateWindow, latencyWindow))
  const topicOf = (name: string): TopicPart => getOrMake(topics, name, () => topicPart(rateWindow))
  const tableOf = (name: string): TablePart => getOrMake(tables, name, tablePart)
  const partitionOf = (topic: string, partition: number, now: number): PartitionPart => {
    const part = getOrMake(topicOf(topic).partitions, partition, partitionPart)
    part.heardAt = now
    return part
  }

  return {
    name: 'monitor',
    contract: SENSOR_CONTRACT,

    async start(context) {
      clock = context.clock
      startedAt = clock.monotonic()
      stateSince = startedAt
    },
    async close() {},

    onReceived({ topic, partition, count, bytes, nextOffset, lag }) {
      const now = clock.monotonic()
      totals.received += count
      totals.receivedBytes += bytes
      rates.received.add(count, now)
      const part = topicOf(topic)
      part.received += count
      part.receivedBytes += bytes
      part.receivedRate.add(count, now)
      const place = partitionOf(topic, partition, now)
      place.readOffset = nextOffset
      place.endOffset = nextOffset + lag
    },

    onProcessed({ agent, count, duration }) {
      const now = clock.monotonic()
      totals.processed += count
      rates.processed.add(count, now)
      latencies.processing.record(duration, now)
      const part = agentOf(agent)
      part.processed += count
      part.rate.add(count, now)
      part.latency.record(duration, now)
    },

    onFailed({ agent }) {
      totals.failed++
      agentOf(agent).failed++
    },

    onStall() {
      totals.stalls++
    },

    onSent({ topic, count, bytes, duration, error }) {
      const now = clock.monotonic()
      const part = topicOf(topic)
      if (error !== undefined) {
        totals.sendErrors += count
        part.sendErrors += count
        latencies.sendError.record(duration, now)
        return
      }
      totals.sent += count
      totals.sentBytes += bytes
      rates.sent.add(count, now)
      latencies.send.record(duration, now)
      part.sent += count
      part.sentBytes += bytes
      part.sentRate.add(count, now)
    },

    onBackPressure({ topic, partition, paused }) {
      if (paused) {
        totals.backPressure++
        topicOf(topic).backPressure++
      }
      partitionOf(topic, partition, clock.monotonic()).paused = paused
    },

    onTable({ table, gets, sets, deletes, late }) {
      const part = tableOf(table)
      part.gets += gets
      part.sets += sets
      part.deletes += deletes
      part.late += late
    },

    onCommit({ duration, entries, offsets, error }) {
      const now = clock.monotonic()
      if (error !== undefined) {
        totals.commitErrors++
        return
      }
      totals.commits++
      totals.entries += entries
      latencies.commit.record(duration, now)
      // A commit that was on its way when its partition left brings it not back.
      for (const { topic, partition, offset } of offsets) {
        const part = topics.get(topic)?.partitions.get(partition)
        if (part !== undefined) Object.assign(part, { committedOffset: offset, heardAt: now })
      }
    },

    onRebalance({ generation, added, kept, duration }) {
      totals.rebalances++
      group = { generation, tasks: added + kept }
      latencies.rebalance.record(duration, clock.monotonic())
    },

    onReleased({ topics: left, tables: copies }) {
      for (const { topic, partition } of left) topics.get(topic)?.partitions.delete(partition)
      for (const { table, partition } of copies) tables.get(table)?.restores.delete(partition)
    },

    onRestore({ table, partition, done, total, records, duration }) {
      tableOf(table).restores.set(partition, { done, total, records, duration })
      if (done === total) latencies.restore.record(duration, clock.monotonic())
    },

    onStandby({ table, partition, offset, lag, following }) {
      const { standbys } = tableOf(table)
      if (following) standbys.set(partition, { offset, lag })
      else standbys.delete(partition)
    },

    onState(facts) {
      state = facts.state
      stateSince = clock.monotonic()
    },

    count: (name, n = 1) => void counts.set(name, (counts.get(name) ?? 0) + n),

    snapshot() {
      const now = clock.monotonic()
      const table = <Part, Read>(parts: Map<string, Part>, read: (part: Part) => Read): Record<string, Read> =>
        Object.fromEntries([...parts].map(([name, part]) => [name, read(part)]))
      return {
        time: clock.now(),
        state,
        stateFor: now - stateSince,
        uptime: now - startedAt,
        totals: { ...totals },
        rates: {
          received: rates.received.read(now, startedAt),
          processed: rates.processed.read(now, startedAt),
          sent: rates.sent.read(now, startedAt),
        },
        latencies: {
          processing: latencies.processing.read(now),
          send: latencies.send.read(now),
          sendError: latencies.sendError.read(now),
          commit: latencies.commit.read(now),
          rebalance: latencies.rebalance.read(now),
          restore: latencies.restore.read(now),
        },
        group,
        agents: table(agents, (part) => readAgent(part, now, startedAt)),
        topics: table(topics, (part) => readTopic(part, now, startedAt)),
        tables: table(tables, readTable),
        counts: Object.fromEntries(counts),
      }
    },
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) map.set(key, (value = make()))
  return value
}
