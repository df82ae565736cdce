import { type AppStatus, partitionKey } from '@faust/core'
import type { World } from './world.ts'

/** Ms between two looks. */
const LOOK = 200

/**
 * Waits until nothing is left to do: every worker runs, every partition is somebody's, everything in it is committed,
 * and no transaction is open. Fails with what is missing after `patience` ms. `inputs` are topics that are read in any case.
 */
export async function untilQuiet(world: World, inputs: Iterable<string>, patience: number): Promise<void> {
  const { clock } = world
  const topics = new Set(inputs)
  for (const end = clock.monotonic() + patience; ;) {
    const problem = unquiet(world, topics)
    if (problem === undefined) return
    if (clock.monotonic() >= end) {
      throw new Error(`Not done ${patience} ms after the last fault: ${problem}`)
    }
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, LOOK))
  }
}

/** What is left to do, if anything. Adds to `topics` what workers read. */
function unquiet({ log, workers }: World, topics: Set<string>): string | undefined {
  const statuses: AppStatus[] = []
  for (const { app, hasLeft, name } of workers) {
    if (hasLeft) continue
    if (app === undefined) return `${name} is down`
    const status = app.status()
    if (status.state !== 'running') return `${name} is ${status.state}`
    if (status.joining) return `${name} is joining its group`
    if (status.sending > 0) return `${name} waits for records to be acknowledged (${status.sending})`
    statuses.push(status)
  }
  const open = log.describeTransactions().find(({ state }) => !(state === 'empty' || state.startsWith('complete')))
  if (open !== undefined) return `the transaction of ${open.transactionalId} is ${open.state}`
  const partitions = statuses.flatMap((status) => status.partitions)
  for (const { topic } of partitions) topics.add(topic)
  const owners = new Map(partitions.map((one) => [partitionKey(one.topic, one.partition), one]))
  for (const { name: topic, partitions: count } of log.describeTopics([...topics])) {
    for (let partition = 0; partition < count; partition++) {
      const place = `partition ${partition} of ${topic}`
      const status = owners.get(partitionKey(topic, partition))
      if (status === undefined) return `${place} is nobody's`
      if (!status.live) return `${place} is being opened`
      const [bounds] = log.listOffsets([{ topic, partition }])
      if (status.committed < bounds!.highWatermark) {
        return `${place} is committed up to ${status.committed} of ${bounds!.highWatermark}: ${JSON.stringify(status)}`
      }
    }
  }
  return undefined
}
