import { type RecordBatch, silentLogger, systemClock, type Transport } from '@faust/core'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import type { Trial } from './trial.ts'

/** Bytes of one answer, as a restore asks for them. */
const POLL_BYTES = 8 * 2 ** 20

/** A transport that was started, outside an app. */
export async function startTransport(brokers: readonly string[]): Promise<Transport> {
  const transport = kafkajsTransport({ brokers })
  await transport.start({ app: 'benchmark', clock: systemClock(), logger: silentLogger })
  return transport
}

/** The changelog from its beginning to its end, answer by answer. Throws when records are missing. */
export async function* readChangelog(
  transport: Transport,
  { changelog, partitions, records }: Trial,
): AsyncGenerator<readonly RecordBatch[]> {
  const reader = transport.reader({ isolation: 'read-committed' })
  try {
    const places = Array.from({ length: partitions }, (_, partition) => ({ topic: changelog, partition, offset: 0 }))
    const ends = (await reader.assign(places)).map(({ end }) => end)
    let open = partitions
    let seen = 0
    while (open > 0) {
      const batches = await reader.poll({ maxWait: 100, maxBytes: POLL_BYTES })
      for (const batch of batches) {
        seen += batch.records.length
        if (batch.nextOffset >= ends[batch.partition]!) open--
      }
      yield batches
    }
    if (seen !== records) throw new Error(`The changelog has ${seen} records, not ${records}.`)
  } finally {
    await reader.close()
  }
}
