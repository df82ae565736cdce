import { partitionForKey, type Transport } from '@faust/core'

export const PARTITIONS = 4
/** So many times the same is measured. */
export const UPDATES: readonly string[] = ['update-1', 'update-2', 'update-3']
/** Records of one call of the producer, and how many calls wait for their answers at most. */
const BATCH = 1000
const IN_FLIGHT = 32

/** What an app reads to fill its table, and to update it. */
export function topicOf(app: string, work: string): string {
  return `${app}-${work}`
}

export function keyAt(index: number): Uint8Array {
  return Buffer.from(`key-${String(index).padStart(12, '0')}`)
}

/** Fills a topic with `count` ones, each under the key with the number that `numberOf` gives. */
export async function fillTopic(
  transport: Transport,
  topic: string,
  count: number,
  numberOf: (index: number) => number,
): Promise<void> {
  await transport.admin.declareTopics([{ name: topic, partitions: PARTITIONS }])
  const producer = transport.producer()
  await producer.init()
  const value = Buffer.from('1')
  const waiting = Array.from({ length: PARTITIONS }, () => [] as { key: Uint8Array; value: Uint8Array }[])
  let flights: Promise<unknown>[] = []
  for (let index = 0; index < count; index++) {
    const key = keyAt(numberOf(index))
    const partition = partitionForKey(key, PARTITIONS)
    waiting[partition]!.push({ key, value })
    if (waiting[partition]!.length < BATCH) continue
    flights.push(producer.send(topic, partition, waiting[partition]!))
    waiting[partition] = []
    if (flights.length < IN_FLIGHT) continue
    await Promise.all(flights)
    flights = []
  }
  await Promise.all([...flights, ...waiting.map((batch, partition) => producer.send(topic, partition, batch))])
  await producer.close()
}
