import { type App, createApp, json, silentLogger } from '@faust/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { doubleWorld, outcome } from './support/double-world.ts'
import type { DoubleWorld } from './support/double-world.ts'

interface Order {
  readonly id: number
  readonly account: string
}

interface Totals {
  readonly count: number
  readonly last: number
}

const ACCOUNTS = 5

/** A worker of one program: orders are counted by account, through a repartition topic. */
function worker({ double, clock }: DoubleWorld) {
  const app = createApp({
    id: 'shop',
    transport: double.transport({ requestTimeout: 2000 }),
    clock,
    logger: silentLogger,
    commitInterval: 100,
  })
  app.done.catch(() => {})
  const orders = app.topic('orders', { value: json<Order>() })
  const table = app.table('totals', { value: json<Totals>(), default: () => ({ count: 0, last: -1 }) })
  app.agent('total', orders.groupBy('account'), { tables: [table] }, async (stream) => {
    for await (const { account, id } of stream) {
      await table.update(account, ({ count, last }) => ({ count: count + 1, last: Math.max(last, id) }))
    }
  })
  const totals = async (): Promise<[string, Totals][]> => {
    const found: [string, Totals][] = []
    for await (const entry of table.entries()) found.push(entry)
    return found
  }
  const send = (id: number): Promise<unknown> =>
    orders.send({ key: String(id), value: { id, account: `a${id % ACCOUNTS}` } })
  return { app, totals, send }
}

type Worker = ReturnType<typeof worker>

async function allTotals(workers: readonly Worker[]): Promise<Map<string, Totals>> {
  return new Map((await Promise.all(workers.map(({ totals }) => totals()))).flat())
}

async function until(world: DoubleWorld, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = world.clock.monotonic() + 300_000; !(await holds()); await world.pause(200)) {
    expect(world.clock.monotonic()).toBeLessThan(deadline)
  }
}

const stopAll = (apps: readonly App[]): Promise<unknown> => Promise.all(apps.map((app) => app.stop({ leave: true })))

/** Ms: these are many runs. */
const LONG = 120_000

test('an app with a table: two workers share it while leaders, coordinators and brokers come and go', async () => {
  const world = doubleWorld(3)
  await world.clock.run(async () => {
    const [first, second] = [worker(world), worker(world)] as const
    await Promise.all([first.app.start(), second.app.start()])
    const workers = [first, second]
    const sent: Promise<unknown>[] = []
    for (let id = 0; id < 300; id++) {
      sent.push(first.send(id))
      if (id === 50) for (const partition of [0, 1, 2, 3]) world.double.moveLeader({ topic: 'orders', partition })
      if (id === 100) world.double.moveCoordinator('group', 'shop')
      if (id === 150) world.double.stop(2)
      if (id === 200) world.double.start(2)
      await world.pause(20)
    }
    await Promise.all(sent)
    const count = async (): Promise<number> => {
      return [...(await allTotals(workers)).values()].reduce((sum, each) => sum + each.count, 0)
    }
    await until(world, async () => (await count()) >= 300)
    // Nobody was away for longer than a session, so nothing was processed twice.
    expect(await allTotals(workers)).toEqual(
      new Map(Array.from({ length: ACCOUNTS }, (_, index) => [`a${index}`, { count: 60, last: 295 + index }])),
    )
    await stopAll(workers.map(({ app }) => app))
  })
})

test(
  'an app with a table, with faults at every request: no order is missing, and a restart finds all of it',
  async () => {
    const run = fc.record({ seed: fc.integer({ min: 1, max: 2 ** 31 }), rate: fc.constantFrom(0.02, 0.1) })
    await fc.assert(
      fc.asyncProperty(run, async ({ seed, rate }) => {
        const world = doubleWorld(seed)
        await world.clock.run(async () => {
          const workers = [worker(world), worker(world)] as const
          await Promise.all(workers.map(({ app }) => app.start()))
          world.double.faults = world.chance(rate)
          const sent: Promise<unknown>[] = []
          for (let id = 0; id < 60; id++) {
            sent.push(outcome(workers[0].send(id)))
            await world.pause(world.random.int(300))
          }
          await Promise.all(sent)
          world.double.heal()
          await until(world, async () => {
            const totals = await allTotals(workers)
            return Array.from({ length: ACCOUNTS }, (_, index) => totals.get(`a${index}`)?.last).every(
              (last, index) => last === 55 + index,
            )
          })
          await world.pause(1000)
          await stopAll(workers.map(({ app }) => app))
          // No store was kept: the tables come from their changelogs.
          const next = worker(world)
          await next.app.start()
          const totals = await allTotals([next])
          for (let index = 0; index < ACCOUNTS; index++) {
            expect(totals.get(`a${index}`)?.last).toBe(55 + index)
            expect(totals.get(`a${index}`)?.count).toBeGreaterThanOrEqual(60 / ACCOUNTS)
          }
          await stopAll([next.app])
        })
      }),
      { numRuns: 4, endOnFailure: true },
    )
  },
  LONG,
)
