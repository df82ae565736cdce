import type { Transport } from '@faust/core'

/** A record and where it goes. */
export interface PlacedRecord {
  readonly partition: number
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Records of one call of the producer, and how many calls wait for their answers at most. */
const BATCH = 500
const IN_FLIGHT = 64

/** Makes a topic, `config` under Kafka's names, and fills it; resolves when everything is acknowledged. */
export async function fillTopic(
  transport: Transport,
  topic: { readonly name: string; readonly partitions: number; readonly config?: Readonly<Record<string, string>> },
  count: number,
  recordAt: (index: number) => PlacedRecord,
): Promise<void> {
  const { name, partitions } = topic
  await transport.admin.declareTopics([topic])
  const producer = transport.producer()
  await producer.init()
  const waiting = Array.from({ length: partitions }, () => [] as PlacedRecord[])
  let flights: Promise<unknown>[] = []
  for (let index = 0; index < count; index++) {
    const record = recordAt(index)
    const batch = waiting[record.partition]!
    batch.push(record)
    if (batch.length < BATCH) continue
    flights.push(producer.send(name, record.partition, batch))
    waiting[record.partition] = []
    if (flights.length < IN_FLIGHT) continue
    await Promise.all(flights)
    flights = []
  }
  await Promise.all([...flights, ...waiting.map((batch, partition) => producer.send(name, partition, batch))])
  await producer.close()
}
