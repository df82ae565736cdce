import { expect, test } from 'vitest'
import {
  type Counted,
  type Handled,
  member,
  type Member,
  type Order,
  place,
  readCommitted,
} from '../support/exactly-once-world.ts'
import { collect } from '../support/until.ts'
import { fixture } from '../transport/embedded/support/fixture.ts'
import { type Fate, faultyLink } from '../transport/embedded/support/faulty-link.ts'

const FATES: readonly Fate[] = ['lose-request', 'lose-answer', 'late']
const ACCOUNTS = ['anna', 'bert', 'cora', 'dave', 'emma', 'finn', 'gina']
const PRODUCTS = ['tea', 'milk', 'salt', 'rice']

/** A small generator, so that a seed gives the same run. */
function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

function tally(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

test.each(Array.from({ length: 12 }, (_, index) => index + 1))(
  'workers that crash, pause and talk over a bad line count every order once, seed %i',
  async (seed) => {
    const random = randomOf(seed)
    const world = fixture()
    const { clock, log } = world
    log.createTopics([{ name: 'orders', partitions: 4 }])
    const sent: Order[] = []
    const handled: Handled = []
    let noisy = true
    const link = faultyLink(clock, (operation) => {
      if (!noisy || operation === 'describeTopics' || operation === 'createTopics' || random() > 0.02) return null
      return FATES[Math.floor(random() * FATES.length)] ?? null
    })
    const pace = (): number => (random() < 0.05 ? random() * 150 : 0)
    let lives = 0
    const begin = (): Member => member(world, handled, { workerId: `worker-${lives++}`, link, pace, gather: 5 })
    const feed = (count: number): void => {
      for (let left = count; left > 0; left--) {
        const account = ACCOUNTS[Math.floor(random() * ACCOUNTS.length)]!
        const order = { id: sent.length, account, product: PRODUCTS[Math.floor(random() * PRODUCTS.length)]! }
        sent.push(order)
        place(world, order)
      }
    }
    const all: Member[] = [begin(), begin()]
    const working = [...all]
    for (let round = 0; round < 10; round++) {
      feed(20)
      await clock.advance(random() * 1500)
      if (random() < 0.4) working.splice(Math.floor(random() * working.length), 1)[0]?.kill()
      for (const one of working) if (random() < 0.3) one.pause()
      await clock.advance(random() * 4000)
      for (const one of working) if (random() < 0.7) one.resume()
      for (const one of working) if (one.app.state === 'crashed') working.splice(working.indexOf(one), 1)
      while (working.length < 2 || random() < 0.2) {
        all.push(begin())
        working.push(all.at(-1)!)
      }
    }
    noisy = false
    for (const one of working) one.resume()
    await clock.advance(60_000)
    const survivors = working.filter((one) => one.app.state === 'running')
    expect(survivors).not.toEqual([])

    const counted = (await readCommitted(world, 'counted', 3)).flat().map((json) => JSON.parse(json) as Counted)
    expect(counted.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(sent.map(({ id }) => id))
    for (const account of ACCOUNTS) {
      const mine = sent.filter((order) => order.account === account).map(({ id }) => id)
      const outputs = counted.filter(({ id }) => mine.includes(id))
      expect(outputs).toEqual(mine.map((id, index) => ({ id, count: index + 1 })))
    }
    const tables = async (which: 'accounts' | 'products'): Promise<Map<string, number>> =>
      new Map((await Promise.all(survivors.map((one) => collect(one[which]())))).flat())
    expect(await tables('accounts')).toEqual(tally(sent.map(({ account }) => account)))
    expect(await tables('products')).toEqual(tally(sent.map(({ product }) => product)))
    for (const { topic, partition, committed, position } of survivors.flatMap((one) => one.app.status().partitions)) {
      expect({ topic, partition, committed }).toEqual({ topic, partition, committed: position })
    }
    expect(handled.length).toBeGreaterThanOrEqual(sent.length)
    await clock.until(Promise.all(all.map((one) => one.app.stop().catch(() => {}))))
    await log.close()
  },
)
