import {
  type App,
  type AppOptions,
  createApp,
  embeddedStore,
  json,
  partitionForKey,
  silentLogger,
} from '../../src/index.ts'
import { Worker } from '../../src/processing/worker.ts'
import { sleep } from '../../src/service/wait.ts'
import { embeddedTransport } from '../../src/transport/embedded/embedded-transport.ts'
import type { EmbeddedTransport } from '../../src/transport/embedded/embedded-transport.ts'
import type { Broker } from '../../src/transport/embedded/log/broker.ts'
import { type Fixture, record, text } from '../transport/embedded/support/fixture.ts'
import { type Pausable, pausable } from '../transport/embedded/support/pausable.ts'

export interface Order {
  readonly id: number
  readonly account: string
  readonly product: string
}

/** What the program writes for each order: how many of the account there were with it. */
export interface Counted {
  readonly id: number
  readonly count: number
}

export interface Member extends Pausable {
  readonly app: App
  readonly transport: EmbeddedTransport
  readonly started: Promise<void>
  /** What others than handlers see of an account. */
  readonly count: (account: string) => Promise<number>
  /** What handlers were told when they wanted to write to `counted`. */
  readonly refused: unknown[]
  /** Ids of the orders in each list that was gathered. */
  readonly lists: readonly (readonly number[])[]
  worker(): Worker
  /** What other processes would read of the tables. */
  readonly accounts: () => AsyncIterable<[string, number]>
  readonly products: () => AsyncIterable<[string, number]>
  /** Cuts it off from the log for good, as a process that dies. */
  kill(): void
}

export interface MemberOptions extends Partial<AppOptions> {
  /** Ms that a handler may take for an order. */
  readonly pace?: (order: Order) => number
  readonly link?: (broker: Broker) => Broker
  /** Handlers publish, which they can't. */
  readonly publishes?: boolean
  readonly withoutTransactions?: boolean
  /** Another agent gathers orders in lists of so many. */
  readonly gather?: number
}

/** Puts an order into the log, where the partitioner of an app would put it. */
export function place({ clock, log }: Fixture, order: Order): void {
  const records = [record(order.account, JSON.stringify(order))]
  const partition = partitionForKey(records[0]!.key!, 4)
  const batch = { topic: 'orders', partition, producerId: -1, producerEpoch: -1, baseSequence: -1 }
  log.produce({ batches: [{ ...batch, transactional: false, timestamp: clock.now(), records }] })
}

/** Ids in the order in which handlers of any worker were given them. */
export type Handled = number[]

/**
 * Counts orders for each account and, behind a repartition, for each product, and writes every count of an account to
 * `counted`: everything that a transaction has to hold together.
 */
export function member({ clock, log }: Fixture, handled: Handled, options: MemberOptions = {}): Member {
  const { pace = () => 0, link = (broker: Broker) => broker, gather, publishes, withoutTransactions, ...rest } = options
  const paused = pausable(clock)
  const transport = embeddedTransport({ log, link: (broker) => paused.link(link(broker)) })
  if (withoutTransactions) Object.assign(transport, { supports: { ...transport.supports, transactions: false } })
  const app = createApp({
    id: 'orders',
    guarantee: 'exactly-once',
    transport,
    store: embeddedStore(),
    clock: paused.clock,
    logger: silentLogger,
    sessionTimeout: 2000,
    heartbeatInterval: 300,
    rebalanceTimeout: 4000,
    revokeTimeout: 1000,
    stopTimeout: 5000,
    transactionTimeout: 3000,
    ...rest,
  })
  app.done.catch(() => {})
  const orders = app.topic('orders', { value: json<Order>(), partitions: 4 })
  const counted = app.topic('counted', { value: json<Counted>(), partitions: 3 })
  const accounts = app.table('accounts', { value: json<number>(), default: () => 0 })
  const products = app.table('products', { value: json<number>(), default: () => 0 })
  const refused: unknown[] = []
  app.agent('count', orders, { tables: [accounts], concurrency: 2 }, async (stream) => {
    for await (const order of stream) {
      handled.push(order.id)
      const count = await accounts.update(order.account, (before) => before + 1)
      const wait = pace(order)
      if (wait > 0) await sleep(paused.clock, wait)
      const record = { key: order.account, value: { id: order.id, count } }
      try {
        await (publishes ? counted.publish(record) : counted.send(record))
      } catch (error) {
        refused.push(error)
        if (!publishes) throw error
      }
    }
  })
  app.agent('products', orders.groupBy('product'), { tables: [products] }, async (stream) => {
    for await (const { product } of stream) await products.update(product, (before) => before + 1)
  })
  const lists: number[][] = []
  if (gather !== undefined) {
    app.agent('gather', orders, async (stream) => {
      for await (const list of stream.take(gather)) lists.push(list.map(({ id }) => id))
    })
  }
  const started = app.start()
  started.catch(() => {})
  return {
    ...paused,
    app,
    transport,
    started,
    refused,
    lists,
    worker: () => app.children.find((child) => child instanceof Worker)!,
    count: (account) => accounts.get(account),
    accounts: () => accounts.entries(),
    products: () => products.entries(),
    kill() {
      transport.kill()
      // What it had on its way when it died may still arrive.
      paused.resume()
    },
  }
}

/** Every committed record of a topic, by partition. */
export async function readCommitted(world: Fixture, topic: string, partitions: number): Promise<string[][]> {
  const reader = (await world.worker()).reader({ isolation: 'read-committed' })
  const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition, offset: 0 }))
  const values: string[][] = places.map(() => [])
  const ends = new Map((await reader.assign(places)).map(({ partition, end }) => [partition, end]))
  for (const [partition, end] of ends) if (end === 0) ends.delete(partition)
  while (ends.size > 0) {
    const batches = await world.clock.until(reader.poll({ maxWait: 1000 }))
    if (batches.length === 0) throw new Error(`${topic} does not become stable`)
    for (const { partition, records, nextOffset } of batches) {
      values[partition]!.push(...Array.from(records, ({ value }) => text(value)!))
      if (nextOffset >= (ends.get(partition) ?? 0)) ends.delete(partition)
    }
  }
  await reader.close()
  return values
}
