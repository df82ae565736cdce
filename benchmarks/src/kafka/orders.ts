import { partitionForKey, text, type Transport } from '@faust/core'
import { fillTopic } from '../fill-topic.ts'

/** What every record holds: about 105 bytes with its key, which is the account. */
export interface Order {
  /** Counted from 0, each once: who has all of them knows it by their number and sum. */
  readonly index: number
  readonly accountId: string
  readonly productId: string
  readonly amount: number
  readonly price: number
}

const encoder = new TextEncoder()

export function order(index: number, account: number): Order {
  return {
    index,
    accountId: accountName(account),
    productId: `product-${String((index * 31) % 1000).padStart(4, '0')}`,
    amount: index % 10,
    price: 10.5,
  }
}

/** The keys, each with the partition that Kafka's own clients choose for it. */
export function accounts(keys: number, partitions: number): { key: Uint8Array; partition: number }[] {
  const serializer = text()
  return Array.from({ length: keys }, (_, account) => {
    const key = serializer.encode(accountName(account), { topic: 'orders', part: 'key', headers: [] }) as Uint8Array
    return { key, partition: partitionForKey(key, partitions) }
  })
}

/** Makes a topic with `records` orders, spread over `keys` accounts; `config` under Kafka's names. */
export async function fill(
  transport: Transport,
  topic: string,
  size: { readonly records: number; readonly keys: number; readonly partitions: number },
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  const keys = accounts(size.keys, size.partitions)
  await fillTopic(transport, { name: topic, partitions: size.partitions, config }, size.records, (index) => {
    const account = (index * 7919) % size.keys
    return { ...keys[account]!, value: encoder.encode(JSON.stringify(order(index, account))) }
  })
}

function accountName(account: number): string {
  return `account-${String(account).padStart(6, '0')}`
}
