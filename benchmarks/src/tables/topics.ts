import { partitionForKey, type Transport } from '@faust/core'
import { fillTopic } from '../fill-topic.ts'

export const PARTITIONS = 4
/** So many times the same is measured. */
export const UPDATES: readonly string[] = ['update-1', 'update-2', 'update-3']

/** What an app reads to fill its table, and to update it. */
export function topicOf(app: string, work: string): string {
  return `${app}-${work}`
}

export function keyAt(index: number): Uint8Array {
  return Buffer.from(`key-${String(index).padStart(12, '0')}`)
}

/** Fills a topic with `count` ones, each under the key with the number that `numberOf` gives. */
export async function fillWithOnes(
  transport: Transport,
  topic: string,
  count: number,
  numberOf: (index: number) => number,
): Promise<void> {
  const value = Buffer.from('1')
  await fillTopic(transport, { name: topic, partitions: PARTITIONS }, count, (index) => {
    const key = keyAt(numberOf(index))
    return { key, partition: partitionForKey(key, PARTITIONS), value }
  })
}
