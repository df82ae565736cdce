import type { Clock } from '../../service/clock.ts'
import { FaustError } from '../../service/errors.ts'
import type { RecordBatch } from '../../transport/record.ts'
import type { Transport } from '../../transport/transport.ts'

/** Ms that one poll waits for records. */
const POLL_WAIT = 100
/** Ms without any progress after which the log counts as stuck: longer than any sound transaction stays open. */
const PATIENCE = 60_000

/**
 * All committed records of a topic up to the end it has now, partition by partition in their order. Rejects with
 * `FAUST_TIMEOUT` when a transaction is left open before that end.
 */
export async function* readAll(
  { clock, transport }: { readonly clock: Clock; readonly transport: Transport },
  topic: string,
  partitions: number,
): AsyncGenerator<RecordBatch> {
  const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
  const bounds = await transport.admin.offsets(places)
  const ends = new Map(
    bounds.filter(({ logStart, logEnd }) => logStart < logEnd).map((one) => [one.partition, one.logEnd]),
  )
  if (ends.size === 0) return
  const reader = transport.reader({ isolation: 'read-committed' })
  try {
    await reader.assign(
      bounds
        .filter(({ partition }) => ends.has(partition))
        .map(({ partition, logStart }) => ({ topic, partition, offset: logStart })),
    )
    let last = clock.monotonic()
    while (ends.size > 0) {
      const batches = await reader.poll({ maxWait: POLL_WAIT })
      if (batches.length > 0) last = clock.monotonic()
      else if (clock.monotonic() - last > PATIENCE) throw stuck(topic, [...ends.keys()])
      for (const batch of batches) {
        const end = ends.get(batch.partition)
        if (end === undefined) continue
        if (batch.nextOffset >= end) ends.delete(batch.partition)
        yield { ...batch, records: Array.from(batch.records).filter(({ offset }) => offset < end) }
      }
    }
  } finally {
    await reader.close()
  }
}

function stuck(topic: string, partitions: readonly number[]): FaustError {
  return new FaustError(
    'FAUST_TIMEOUT',
    `Topic ${topic}, partitions ${partitions.join(', ')}, could not be read to the end: a transaction has been open for too ` +
      `long. Try again when the log has ended it.`,
    { retriable: true, details: { topic, partitions } },
  )
}
