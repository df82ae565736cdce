import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, createApp, json, silentLogger } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import type { Order } from '../orders.ts'
import type { Tally } from '../tally.ts'
import type { Outcome, Trial } from '../trial.ts'

/** Looks at the tables after the clock has stopped. */
type Check = () => Promise<void>

/** Ours, as a user writes it, with the last commit inside the time. */
export async function runFaust(trial: Trial, tally: Tally): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), 'faust-bench-'))
  try {
    const app = createApp({
      id: trial.group,
      transport: kafkajsTransport({ brokers: trial.brokers }),
      store: levelStore({ directory }),
      logger: silentLogger,
      guarantee: trial.guarantee,
      commitInterval: trial.commitInterval,
    })
    const check = declare[trial.work](app, trial, tally)
    await app.start()
    await Promise.race([tally.complete, app.done])
    if (!(await app.commit())) throw new Error('The last commit failed.')
    const outcome = tally.outcome()
    await check()
    await app.stop()
    return outcome
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

const declare: Record<Trial['work'], (app: App, trial: Trial, tally: Tally) => Check> = {
  consume(app, trial, tally) {
    app.agent('consume', app.topic(trial.input, { value: json<Order>() }), async (stream) => {
      for await (const order of stream) tally.see(order)
    })
    return async () => {}
  },

  copy(app, trial, tally) {
    const input = app.topic(trial.input, { value: json<Order>() })
    const output = app.topic(trial.output, { value: json<Order>() })
    app.agent('copy', input, async (stream) => {
      for await (const { key, value } of stream.events()) {
        tally.see(value)
        await output.send({ key: key!, value })
      }
    })
    return async () => {}
  },

  count(app, trial, tally) {
    const input = app.topic(trial.input, { value: json<Order>() })
    const counts = app.table('counts', { value: json<number>(), default: () => 0 })
    app.agent('count', input, { tables: [counts] }, async (stream) => {
      for await (const order of stream) {
        await counts.update(order.accountId, (count) => count + 1)
        tally.see(order)
      }
    })
    return () => checkSum(counts.values(), trial)
  },

  window(app, trial, tally) {
    const input = app.topic(trial.input, { value: json<Order>() })
    const counts = app
      .table('counts', { value: json<number>(), default: () => 0 })
      .tumbling({ size: 10_000, grace: 60_000 })
    app.agent('count', input, { tables: [counts] }, async (stream) => {
      for await (const order of stream) {
        await counts.update(order.accountId, (count) => count + 1)
        tally.see(order)
      }
    })
    return () => checkSum(valuesOf(counts.entries()), trial)
  },

  regroup(app, trial, tally) {
    const input = app.topic(trial.input, { value: json<Order>() })
    const counts = app.table('counts', { value: json<number>(), default: () => 0 })
    app.agent('count', input.groupBy('productId'), { tables: [counts] }, async (stream) => {
      for await (const order of stream) {
        await counts.update(order.productId, (count) => count + 1)
        tally.see(order)
      }
    })
    return () => checkSum(counts.values(), trial)
  },
}

async function* valuesOf(entries: AsyncIterable<{ readonly value: number }>): AsyncGenerator<number> {
  for await (const { value } of entries) yield value
}

async function checkSum(counts: AsyncIterable<number>, { records }: Trial): Promise<void> {
  let sum = 0
  for await (const count of counts) sum += count
  if (sum !== records) throw new Error(`The counts add up to ${sum}, not ${records}.`)
}
