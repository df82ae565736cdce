import type { Sensor } from '@faust/core'
import type { StatsD } from 'hot-shots'

/** Names that stand inside a metric's: whatever StatsD or Graphite would cut at is an underscore. */
function part(name: string): string {
  return name.replaceAll(/[^\w-]/g, '_')
}

/** What is sent for each hook, under Faust's names where it has them. Times are in ms, offsets are gauges, the rest counts. */
export function hooksOf(open: () => StatsD | undefined): Partial<Sensor> {
  const count = (name: string, n: number): void => {
    if (n > 0) open()?.increment(name, n)
  }
  const gauge = (name: string, value: number): void => open()?.gauge(name, value)
  const time = (name: string, duration: number): void => open()?.timing(name, duration)
  return {
    onReceived({ topic, partition, count: n, bytes, nextOffset, lag }) {
      count('messages_received', n)
      count('bytes_received', bytes)
      count(`topic.${part(topic)}.messages_received`, n)
      gauge(`read_offset.${part(topic)}.${partition}`, nextOffset)
      gauge(`end_offset.${part(topic)}.${partition}`, nextOffset + lag)
    },
    onProcessed({ agent, count: n, duration }) {
      count('events', n)
      count(`agent.${part(agent)}.events`, n)
      time('events_runtime', duration)
    },
    onFailed({ agent, outcome }) {
      count('events_failed', 1)
      count(`agent.${part(agent)}.events_failed.${outcome}`, 1)
    },
    onStall({ kind }) {
      count(`stalls.${part(kind)}`, 1)
    },
    onSent({ topic, count: n, bytes, duration, error }) {
      if (error !== undefined) {
        count('messages_sent_error', n)
        time('send_latency_for_error', duration)
        return
      }
      count('messages_sent', n)
      count('bytes_sent', bytes)
      count(`topic.${part(topic)}.messages_sent`, n)
      time('send_latency', duration)
    },
    onBackPressure({ topic, paused }) {
      if (paused) count(`topic.${part(topic)}.buffer_full`, 1)
    },
    onTable({ table, gets, sets, deletes, late }) {
      count(`table.${part(table)}.keys_retrieved`, gets)
      count(`table.${part(table)}.keys_updated`, sets)
      count(`table.${part(table)}.keys_deleted`, deletes)
      count(`table.${part(table)}.values_late`, late)
    },
    onCommit({ duration, offsets, error }) {
      if (error !== undefined) return count('commits_error', 1)
      count('commits', 1)
      time('commit_latency', duration)
      for (const { topic, partition, offset } of offsets) gauge(`committed_offset.${part(topic)}.${partition}`, offset)
    },
    onRebalance({ added, kept, duration }) {
      count('rebalances', 1)
      gauge('assigned_tasks', added + kept)
      time('rebalance_return_latency', duration)
    },
    onRestore({ table, partition, done, total, duration }) {
      gauge(`table.${part(table)}.restore_left.${partition}`, total - done)
      if (done === total) time(`table.${part(table)}.restore_latency`, duration)
    },
    onStandby({ table, partition, lag, following }) {
      gauge(`table.${part(table)}.standby_lag.${partition}`, following ? lag : 0)
    },
    onState({ state }) {
      count(`state.${part(state)}`, 1)
    },
  }
}
