import type { OutgoingRecord } from '../../transport/record.ts'
import type { Task } from '../task/task.ts'
import type { Outbox } from './outbox.ts'

/** Where what handlers send goes. */
export interface Outputs {
  /**
   * Takes a record of a task, or one that was sent while no value was in hand. A promise only when the sender has to wait
   * for room.
   */
  add(task: Task | undefined, topic: string, partition: number, record: OutgoingRecord): Promise<void> | undefined
}

/** At-least-once: everything leaves as it comes. */
export function sentAtOnce(outbox: Outbox): Outputs {
  return { add: (_task, topic, partition, record) => outbox.add(topic, partition, record) }
}

/** Exactly-once: it waits for the transaction of its task; what belongs to no task leaves as it comes. */
export function sentByCycles(outbox: Outbox): Outputs {
  return {
    add(task, topic, partition, record) {
      if (task === undefined) return outbox.add(topic, partition, record)
      task.outputs.add(topic, partition, record)
      return undefined
    },
  }
}
