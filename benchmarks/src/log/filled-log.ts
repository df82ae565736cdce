import { embeddedTransport, type OutgoingRecord, silentLogger, systemClock, type Transport } from '@faust/core'

/** Records of one producer call. */
const BATCH = 1000

/** A log with `count` records spread evenly over `partitions`, as a transport that keeps it; in files where a directory is given. */
export async function filledLog(
  topic: string,
  partitions: number,
  count: number,
  record: (index: number) => OutgoingRecord,
  directory?: string,
): Promise<Transport> {
  const transport = embeddedTransport({ partitions, directory })
  await transport.start({ app: 'benchmark', clock: systemClock(), logger: silentLogger })
  await transport.admin.declareTopics([{ name: topic, partitions }])
  const producer = transport.producer()
  await producer.init()
  let index = 0
  for (let partition = 0; index < count; partition = (partition + 1) % partitions) {
    const size = Math.min(BATCH, count - index)
    const records = Array.from({ length: size }, (_, offset) => record(index + offset))
    await producer.send(topic, partition, records)
    index += size
  }
  await producer.close()
  return transport
}
