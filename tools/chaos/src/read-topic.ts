import { setTimeout as sleep } from 'node:timers/promises'
import { isFaustError, type Transport } from '@faust/core'

/** A record as it was read back. */
export interface ReadBack {
  readonly offset: number
  readonly key: string
  /** Undefined: a tombstone. */
  readonly value: unknown
}

/** Every record of a topic that is committed, by partition, up to the end of now. */
export async function readTopic(transport: Transport, topic: string): Promise<readonly (readonly ReadBack[])[]> {
  const [description] = await transport.admin.describeTopics([topic])
  if (description === undefined) throw new Error(`There is no topic ${topic}`)
  const found: ReadBack[][] = Array.from({ length: description.partitions }, () => [])
  const reader = transport.reader({ isolation: 'read-committed' })
  try {
    const starts = await reader.assign(found.map((_, partition) => ({ topic, partition, offset: 0 })))
    const open = new Set(starts.filter(({ logStart, end }) => logStart < end).map(({ partition }) => partition))
    while (open.size > 0) {
      for (const { partition, records, nextOffset } of await poll(() => reader.poll({ maxWait: 500 }))) {
        for (const { offset, key, value } of records) {
          found[partition]!.push({ offset, key: text(key) ?? '', value: value === null ? undefined : parse(value) })
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
