import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { AbortedTransaction } from '../../src/index.ts'
import { unbase64 } from './bytes.ts'
import type { Fetched } from './fetch.ts'
import type { JavaRecord } from './java.ts'

const FILE = new URL('../fixtures/recorded.json', import.meta.url)

/** What a broker sent, and what Kafka's own consumer read of it. */
export interface Recorded extends Pick<Fetched, 'position' | 'records' | 'aborted' | 'highWatermark'> {
  readonly expected: readonly JavaRecord[]
}

interface Written {
  readonly position: number
  readonly records: string
  readonly aborted: readonly { readonly producerId: string; readonly firstOffset: number }[] | null
  readonly highWatermark: number
  readonly expected: Recorded['expected']
}

function read(): Record<string, Written> {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Written>) : {}
}

/** With RECORD set, the tests against a real Kafka write down what it sent, for the tests that have none. */
export function keep(name: string, { position, records, aborted, highWatermark, expected }: Recorded): void {
  if (process.env['RECORD'] === undefined) return
  const written: Written = {
    position,
    records: Buffer.from(records).toString('base64'),
    aborted: aborted?.map(({ producerId, firstOffset }) => ({ producerId: String(producerId), firstOffset })) ?? null,
    highWatermark,
    expected,
  }
  writeFileSync(FILE, `${JSON.stringify({ ...read(), [name]: written }, null, 1)}\n`)
}

export const recorded: readonly (readonly [name: string, Recorded])[] = Object.entries(read()).map(
  ([name, { records, aborted, ...rest }]) => {
    const list = aborted?.map(({ producerId, firstOffset }): AbortedTransaction => ({
      producerId: BigInt(producerId),
      firstOffset,
    }))
    return [name, { ...rest, records: unbase64(records), aborted: list ?? null }]
  },
)
