import type { Sensor } from '@faust/core'
import type { StatsD, Tags } from 'hot-shots'

/**
 * What is sent for each hook, under Faust's names where it has them; what they are about is in tags. Times are in ms, offsets
 * are gauges, the rest counts.
 */
export function hooksOf(open: () => StatsD | undefined): Partial<Sensor> {
  const count = (name: string, n: number, tags: Tags = {}): void => {
    if (n > 0) open()?.increment(name, n, tags)
  }
  const gauge = (name: string, value: number, tags: Tags = {}): void => open()?.gauge(name, value, tags)
  const time = (name: string, duration: number, tags: Tags = {}): void => open()?.timing(name, duration, tags)
  return {
    onReceived({ topic, partition, count: n, bytes, nextOffset, lag }) {
      const place = { topic, partition: String(partition) }
      count('messages_received', n, { topic })
      count('bytes_received', bytes, { topic })
      gauge('read_offset', nextOffset, place)
      gauge('end_offset', nextOffset + lag, place)
    },
    onProcessed({ agent, topic, count: n, duration }) {
      count('events', n, { agent, topic })
      time('events_runtime', duration, { agent, topic })
    },
    onFailed({ agent, outcome }) {
      count('events_failed', 1, { agent, outcome })
    },
    onStall({ kind }) {
      count('stalls', 1, { kind })
    },
    onSent({ topic, count: n, bytes, duration, error }) {
      if (error !== undefined) {
        count('messages_send_failed', n, { topic })
        time('send_latency_for_error', duration, { topic })
        return
      }
      count('messages_sent', n, { topic })
      count('bytes_sent', bytes, { topic })
      time('send_latency', duration, { topic })
    },
    onBackPressure({ topic, paused }) {
      if (paused) count('topic_buffer_full', 1, { topic })
    },
    onTable({ table, gets, sets, deletes, late }) {
      count('table_keys_retrieved', gets, { table })
      count('table_keys_updated', sets, { table })
      count('table_keys_deleted', deletes, { table })
      count('table_values_late', late, { table })
    },
    onCommit({ duration, offsets, error }) {
      if (error !== undefined) return count('commits_error', 1)
      count('commits', 1)
      time('commit_latency', duration)
      for (const { topic, partition, offset } of offsets) {
        gauge('committed_offset', offset, { topic, partition: String(partition) })
      }
    },
    onRebalance({ added, kept, duration }) {
      count('rebalances', 1)
      gauge('assigned_tasks', added + kept)
      time('rebalance_return_latency', duration)
    },
    onRestore({ table, partition, done, total, duration }) {
      gauge('table_restore_left', total - done, { table, partition: String(partition) })
      if (done === total) time('table_restore_latency', duration, { table })
    },
    onStandby({ table, partition, lag, following }) {
      gauge('table_standby_lag', following ? lag : 0, { table, partition: String(partition) })
    },
    onState({ state }) {
      count('states', 1, { state })
    },
  }
}
