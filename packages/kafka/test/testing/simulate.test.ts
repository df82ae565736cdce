import assert from 'node:assert/strict'
import { type Clock, createApp, json } from '@faust/core'
import { simulate } from '@faust/testing'
import type { Outcome } from '@faust/testing'
import { expect, test } from 'vitest'
import { randomFaults, simulatedKafka } from '../../src/testing/index.ts'

/** Ms: these are many runs. */
const LONG = 120_000

const SETTINGS = {
  sessionTimeout: 1500,
  heartbeatInterval: 300,
  rebalanceTimeout: 3000,
  revokeTimeout: 500,
  commitInterval: 200,
}

/** Orders are counted by account, through a repartition topic. */
function program(clock: Clock, guarantee: 'at-least-once' | 'exactly-once') {
  const app = createApp({ id: 'shop', clock, guarantee, ...SETTINGS })
  const orders = app.topic('orders', { value: json<{ account: string }>(), partitions: 3 })
  const counts = app.table('counts', { value: json<number>(), default: () => 0 })
  app.agent('count', orders.groupBy('account'), { tables: [counts] }, async (stream) => {
    for await (const { account } of stream) await counts.update(account, (count) => count + 1)
  })
  return { app, orders, counts }
}

type Counting = ReturnType<typeof program>

const ORDERS = 50

function simulation(guarantee: 'at-least-once' | 'exactly-once', holds: (count: number, sent: number) => void) {
  return {
    app: (clock: Clock) => program(clock, guarantee),
    input: ({ orders }: Counting, random: { int(below: number): number }) =>
      Array.from({ length: ORDERS }, (_, id) => {
        return { topic: orders, key: String(id), value: { account: `a${random.int(5)}` } }
      }),
    duration: 6000,
    session: SETTINGS.sessionTimeout,
    async check(outcome: Outcome<Counting>) {
      const counts = await outcome.table(outcome.program.counts)
      const sent = new Map<string, number>()
      for (const { value } of outcome.inputs) {
        const { account } = value as { account: string }
        sent.set(account, (sent.get(account) ?? 0) + 1)
      }
      for (const [account, orders] of sent) holds(counts.get(account) ?? 0, orders)
    },
  }
}

test(
  'workers on the Kafka data plane lose nothing when processes die and ways are bad',
  async () => {
    const report = await simulate({
      ...simulation('at-least-once', (count, sent) => assert.ok(count >= sent, `${count} of ${sent}`)),
      faults: ['crash', 'lost answer', 'lost request', 'late answer', 'slow', 'restart', 'join'],
      transport: simulatedKafka({ requestTimeout: 1000 }),
      seeds: 10,
    })
    expect(report.faults).toBeGreaterThan(10)
  },
  LONG,
)

const exactlyOnce = {
  ...simulation('exactly-once', (count, sent) => assert.equal(count, sent)),
  transport: simulatedKafka({
    requestTimeout: 1000,
    faults: (clock) =>
      randomFaults({ random: () => clock.random(), rate: 0.02, kinds: ['moved', 'down', 'refused', 'denied', 'cut'] }),
  }),
}

test('exactly-once counts every record once, also while leaders and coordinators move', async () => {
  const seeds = Number(process.env['SEEDS'] ?? 10)
  const report = await simulate({ ...exactlyOnce, seeds, seed: Number(process.env['SEED'] ?? 1) })
  expect(report.faults).toBeGreaterThan(seeds)
}, 600_000)

test(
  'a run over the double is a function of its seed',
  async () => {
    const [one, other] = [await simulate({ ...exactlyOnce, seed: 5 }), await simulate({ ...exactlyOnce, seed: 5 })]
    expect(one).toEqual(other)
    expect(await simulate({ ...exactlyOnce, seed: 6 })).not.toEqual(one)
  },
  LONG,
)
