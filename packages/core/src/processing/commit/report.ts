import type { Sensor } from '../../sensor/sensor.ts'
import type { Task } from '../task/task.ts'

/** Tells the sensor what agents and tables of a task have done since the last time: once a cycle, not once a value. */
export function report(sensor: Sensor, task: Task): void {
  for (const { readers, topic, partition } of task.queues) {
    for (const reader of readers) {
      const done = reader.report()
      if (done !== undefined) sensor.onProcessed?.({ agent: reader.name, topic: topic.name, partition, ...done })
    }
  }
  for (const shard of task.shards.values()) {
    const done = shard.report()
    if (done !== undefined) sensor.onTable?.({ table: shard.table.name, partition: shard.partition, ...done })
  }
}

/** Tells the sensor that tasks left. */
export function reportReleased(sensor: Sensor, tasks: readonly Task[]): void {
  if (tasks.length === 0) return
  sensor.onReleased?.({
    topics: tasks.flatMap((task) => task.partitions),
    tables: tasks.flatMap(({ group, partition }) => group.tables.map((table) => ({ table, partition }))),
  })
}
