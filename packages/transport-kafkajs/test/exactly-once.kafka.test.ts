import {
  type App,
  createApp,
  FaustError,
  json,
  type Producer,
  silentLogger,
  systemClock,
  type Transport,
} from '@faust/core'
import { afterEach, expect, inject, test } from 'vitest'
import { kafkajsTransport } from '../src/index.ts'

interface Order {
  readonly id: number
  readonly account: string
  readonly product: string
}

interface Counted {
  readonly id: number
  readonly count: number
}

const ACCOUNTS = 10
const PRODUCTS = 3

const apps: App[] = []
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop({ leave: true }).catch(() => {})))
})

/** What happens at the ends of a worker's next transactions. */
type End = 'unheard' | 'not reached'

function worker(id: string, ends: End[] = []) {
  const transport: Transport = kafkajsTransport({ brokers: inject('kafkaBrokers') })
  const producer = transport.producer.bind(transport)
  transport.producer = (options) => {
    const made = producer(options)
    return options?.transactionalId === undefined ? made : ending(made, ends)
  }
  const state = { poison: false }
  const app = createApp({ id, guarantee: 'exactly-once', transport, logger: silentLogger, failures: { retries: 0 } })
  app.done.catch(() => {})
  apps.push(app)
  const orders = app.topic(`${id}-orders`, { partitions: 4, value: json<Order>() })
  const counted = app.topic(`${id}-counted`, { partitions: 2, value: json<Counted>() })
  const accounts = app.table('accounts', { value: json<number>(), default: () => 0 })
  const products = app.table('products', { value: json<number>(), default: () => 0 })
  app.agent('count', orders, { tables: [accounts] }, async (stream) => {
    for await (const { account, id: order } of stream) {
      await counted.send({ key: account, value: { id: order, count: await accounts.update(account, (n) => n + 1) } })
      if (state.poison) throw new Error('it died with all of this in hand')
    }
  })
  app.agent('products', orders.groupBy('product'), { tables: [products] }, async (stream) => {
    for await (const { product } of stream) await products.update(product, (n) => n + 1)
  })
  return {
    app,
    state,
    send: (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, index) => {
          const order = from + index
          const account = `account-${order % ACCOUNTS}`
          return orders.send({ key: account, value: { id: order, account, product: `product-${order % PRODUCTS}` } })
        }),
      ),
    accounts: () => entriesOf(accounts.entries()),
    products: () => entriesOf(products.entries()),
  }
}

/** A producer whose commits fail as told: `unheard` ones have happened all the same. */
function ending(made: Producer, ends: End[]): Producer {
  const commit = made.commitTransaction.bind(made)
  made.commitTransaction = async () => {
    const end = ends.shift()
    if (end !== 'not reached') await commit()
    if (end !== undefined)
      throw new FaustError('FAUST_TRANSPORT_UNAVAILABLE', `the end was ${end}`, { retriable: true })
  }
  return made
}

async function entriesOf(entries: AsyncIterable<[string, number]>): Promise<[string, number][]> {
  const found: [string, number][] = []
  for await (const entry of entries) found.push(entry)
  return found.toSorted(([one], [other]) => (one < other ? -1 : 1))
}

const sum = (entries: readonly [string, number][]): number => entries.reduce((total, [, count]) => total + count, 0)

const until = async (condition: () => Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20))
}

async function read(topic: string, isolation: 'read-committed' | 'read-uncommitted'): Promise<Counted[]> {
  const transport = kafkajsTransport({ brokers: inject('kafkaBrokers') })
  await transport.start({ app: 'reader', clock: systemClock(), logger: silentLogger })
  try {
    const reader = transport.reader({ isolation })
    const starts = await reader.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })))
    const left = new Map(starts.filter(({ end }) => end > 0).map(({ partition, end }) => [partition, end]))
    const found: Counted[] = []
    while (left.size > 0) {
      for (const { partition, records, nextOffset } of await reader.poll({ maxWait: 1000 })) {
        for (const { value } of records) found.push(JSON.parse(new TextDecoder().decode(value ?? undefined)) as Counted)
        if (nextOffset >= (left.get(partition) ?? 0)) left.delete(partition)
      }
    }
    await reader.close()
    return found
  } finally {
    await transport.close()
  }
}

test('counts and outputs are exact on a real Kafka, whatever became of transactions and workers', async () => {
  const id = `exactly-once-${process.pid}-${Date.now()}`
  const ends: End[] = ['unheard', 'not reached', 'unheard']
  const first = worker(id, ends)
  await first.app.start()
  for (let sent = 0; sent < 1000; sent += 100) await first.send(sent, sent + 100)
  await until(async () => sum(await first.products()) === 1000 && ends.length === 0)

  const second = worker(id, ['not reached'])
  await second.app.start()
  await first.send(1000, 1500)
  first.state.poison = true
  await second.send(1500, 2000)
  await first.app.done.catch(() => {})
  await first.app.stop().catch(() => {})
  await second.send(2000, 2500)
  await until(async () => sum(await second.products()) === 2500 && sum(await second.accounts()) === 2500)

  const orders = Array.from({ length: 2500 }, (_, order) => order)
  const committed = await read(`${id}-counted`, 'read-committed')
  expect(committed.toSorted((one, other) => one.id - other.id)).toEqual(
    orders.map((order) => ({ id: order, count: Math.floor(order / ACCOUNTS) + 1 })),
  )
  // Some of it was there more than once, in transactions that were aborted.
  expect((await read(`${id}-counted`, 'read-uncommitted')).length).toBeGreaterThan(2500)
  expect(await second.accounts()).toEqual(orders.slice(0, ACCOUNTS).map((account) => [`account-${account}`, 250]))
  expect(await second.products()).toEqual([
    ['product-0', 834],
    ['product-1', 833],
    ['product-2', 833],
  ])
})
