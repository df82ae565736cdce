import type { Sensor } from '../../sensor/sensor.ts'
import type { GroupConsumer } from '../../transport/group.ts'
import { partitionKey } from '../../transport/record.ts'
import { PartitionQueue } from '../queue/partition-queue.ts'
import { Subscription } from '../task/subscription.ts'
import type { Task } from '../task/task.ts'
import type { Topology } from '../topology.ts'
import type { WorkerSettings } from '../worker-settings.ts'
import type { StartOffset } from './start-offsets.ts'

/** What the queues of live tasks work with. */
export interface LiveQueuesParts {
  readonly sensor: Sensor
  readonly settings: WorkerSettings
  readonly topology: Topology
  readonly consumer: () => GroupConsumer
}

/** The queues of live tasks: what is fetched goes into them, and agents read it there. */
export class LiveQueues {
  readonly #parts: LiveQueuesParts
  readonly #queues = new Map<string, PartitionQueue>()

  constructor(parts: LiveQueuesParts) {
    this.#parts = parts
  }

  /** `undefined` when the partition's task is not live. */
  get(topic: string, partition: number): PartitionQueue | undefined {
    return this.#queues.get(partitionKey(topic, partition))
  }

  /**
   * Makes a task live: its queues and every agent's subscription are there before the first record can come, which is
   * then asked for.
   */
  open(task: Task, starts: readonly StartOffset[]): void {
    const { consumer, settings, topology } = this.#parts
    const fresh: Subscription[] = []
    for (const start of starts) {
      const { topic, partition, forms, offset, logEnd, time } = start
      const { definition } = topology.topics.get(topic)!
      const queue = new PartitionQueue(definition, partition, offset, time, settings.queue, this.#pressure)
      queue.logEnd = logEnd
      task.queues.push(queue)
      for (const [log, form] of forms) task.forms.set(log, form)
      this.#queues.set(partitionKey(topic, partition), queue)
      for (const { subscriber, tables, topics } of topology.readings)
        if (topics.includes(topic)) fresh.push(new Subscription(subscriber, task, queue, start, task.keyed(tables)))
    }
    for (const subscription of fresh) subscription.queue.readers.push(subscription)
    task.status = 'live'
    for (const subscription of fresh) subscription.subscriber.attach(subscription)
    for (const start of starts) consumer().seek(start, start.offset)
    consumer().resume(starts)
  }

  /** What still comes for a task is dropped. */
  close(task: Task): void {
    for (const { topic, partition } of task.queues) this.#queues.delete(partitionKey(topic.name, partition))
  }

  /** A full queue pauses its own partition and no other. */
  readonly #pressure = (queue: PartitionQueue, full: boolean): void => {
    const { consumer, sensor } = this.#parts
    const place = { topic: queue.topic.name, partition: queue.partition }
    if (full) consumer().pause([place])
    else consumer().resume([place])
    sensor.onBackPressure?.({ ...place, paused: full, records: queue.records, bytes: queue.bytes })
  }
}
