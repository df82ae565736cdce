import type { IncomingRecord } from '@faust/core'
import { fetchApi, RecordsReader, type AbortedTransaction, type Isolation } from '../../src/index.ts'
import { codecs } from './batches.ts'
import type { JavaRecord } from './java.ts'
import type { RawConnection } from './raw-connection.ts'

/** What one Fetch gave of one partition. */
export interface Fetched {
  readonly position: number
  readonly records: Uint8Array
  readonly aborted: readonly AbortedTransaction[] | null
  readonly highWatermark: number
  readonly lastStable: number
}

export interface FetchAllOptions {
  readonly isolation?: Isolation
  /** Bytes a Fetch; 1 gives one batch each time. */
  readonly maxBytes?: number
}

/** Reads a partition from its beginning to its end, and gives the records and what the broker sent. */
export async function fetchAll(
  connection: RawConnection,
  topic: string,
  partition: number,
  { isolation = 'read-uncommitted', maxBytes = 1 << 20 }: FetchAllOptions = {},
): Promise<{ records: IncomingRecord[]; fetched: Fetched[]; position: number }> {
  const records: IncomingRecord[] = []
  const fetched: Fetched[] = []
  let position = 0
  for (;;) {
    const { error, partitions } = await connection.send(fetchApi, {
      maxWait: 100,
      minBytes: 1,
      maxBytes: 1 << 24,
      isolation,
      sessionId: 0,
      sessionEpoch: -1,
      partitions: [{ topic, partition, leaderEpoch: -1, offset: position, maxBytes }],
      forgotten: [],
      rack: '',
    })
    const answer = partitions[0]!
    if (error !== 0 || answer.error !== 0) throw new Error(`Fetch was refused: ${error}, ${answer.error}`)
    const { highWatermark, lastStable, aborted } = answer
    const bytes = answer.records ?? new Uint8Array(0)
    fetched.push({ position, records: bytes, aborted, highWatermark, lastStable })
    const reader = new RecordsReader({ topic, partition, bytes, position, aborted, codecs })
    for (let some = reader.read(); some !== null; some = reader.read()) records.push(...some)
    position = reader.position
    if (position >= highWatermark) return { records, fetched, position }
  }
}

const base64 = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString('base64')

/** Records in the form in which Log.java prints them. */
export function asJava(partition: number, records: readonly IncomingRecord[]): JavaRecord[] {
  return records.map(({ offset, timestamp, key, value, headers, error }) => {
    if (error !== undefined) throw error
    return {
      partition,
      offset,
      timestamp,
      key: base64(key),
      value: base64(value),
      headers: headers.map(([name, value]) => [base64(Buffer.from(name))!, base64(value)] as const),
    }
  })
}
