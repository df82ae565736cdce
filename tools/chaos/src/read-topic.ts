import { setTimeout as sleep } from 'node:timers/promises'
import { isFaustError, type Transport } from '@faust/core'

/** A record as it was read back. */
export interface ReadBack {
  readonly offset: number
  readonly timestamp: number
  readonly key: string
  /** Undefined: a tombstone. */
  readonly value: unknown
}

/** Records of a topic, by partition. */
export type Log = readonly (readonly ReadBack[])[]

/** How a topic is read. */
export interface ReadOptions {
  /** Default `read-committed`. */
  readonly isolation?: 'read-committed' | 'read-uncommitted'
  /** Whether values are JSON that is wanted; else they are left out. Default true. */
  readonly values?: boolean
}

/** Every record of a topic, up to the end of now. */
export async function readTopic(
  transport: Transport,
  topic: string,
  { isolation = 'read-committed', values = true }: ReadOptions = {},
): Promise<Log> {
  const [description] = await transport.admin.describeTopics([topic])
  if (description === undefined) throw new Error(`There is no topic ${topic}`)
  const found: ReadBack[][] = Array.from({ length: description.partitions }, () => [])
  const reader = transport.reader({ isolation })
  try {
    const starts = await reader.assign(found.map((_, partition) => ({ topic, partition, offset: 0 })))
    const open = new Set(starts.filter(({ logStart, end }) => logStart < end).map(({ partition }) => partition))
    while (open.size > 0) {
      for (const { partition, records, nextOffset } of await poll(() => reader.poll({ maxWait: 500 }))) {
        for (const { offset, timestamp, key, value } of records) {
          const read = value === null || !values ? undefined : parse(value)
          found[partition]!.push({ offset, timestamp, key: text(key) ?? '', value: read })
        }
        if (nextOffset >= starts[partition]!.end) open.delete(partition)
      }
    }
  } finally {
    await reader.close()
  }
  return found
}

/** A leader may be on its way to another broker. */
async function poll<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!isFaustError(error) || !error.retriable) throw error
      await sleep(100)
    }
  }
}

const decoder = new TextDecoder()

function text(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : decoder.decode(bytes)
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(decoder.decode(bytes))
}
