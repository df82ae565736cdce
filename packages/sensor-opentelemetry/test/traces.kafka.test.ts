import { createApp, type Headers, json, silentLogger, systemClock, text } from '@faust/core'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import { afterEach, expect, inject, test } from 'vitest'
import { opentelemetrySensor } from '../src/index.ts'
import { ancestry, tracing } from './support/sdk.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** The headers of the first record of partition 0 of a topic. */
async function firstHeaders(topic: string): Promise<Headers> {
  const transport = kafkajsTransport({ brokers: inject('kafkaBrokers') })
  await transport.start({ app: 'reader', clock: systemClock(), logger: silentLogger })
  try {
    const reader = transport.reader({ isolation: 'read-committed' })
    await reader.assign([{ topic, partition: 0, offset: 0 }])
    for (;;) {
      for (const { records } of await reader.poll({ maxWait: 100 }))
        if (records.length > 0) return records.at(0)!.headers
    }
  } finally {
    await transport.close()
  }
}

test.each(['at-least-once', 'exactly-once'] as const)(
  'one trace follows a record through a real Kafka, %s: repartition, handler, changelog, output topic',
  async (guarantee) => {
    const { close, options, span, spans } = tracing()
    closing.push(close)
    const id = `traces-${process.pid}-${Date.now()}`
    const app = createApp({
      id,
      guarantee,
      transport: kafkajsTransport({ brokers: inject('kafkaBrokers') }),
      sensors: [opentelemetrySensor(options)],
      logger: silentLogger,
      commitInterval: 100,
    })
    app.done.catch(() => {})
    closing.push(() => app.stop({ leave: true }))
    const orders = app.topic(`${id}-orders`, { partitions: 1, value: json<{ account: string; amount: number }>() })
    const sums = app.topic(`${id}-sums`, { partitions: 1, key: text(), value: json<number>() })
    const totals = app.table('totals', { key: text(), value: json<number>(), default: () => 0 })
    app.agent('sum', orders.groupBy('account'), { tables: [totals] }, async (stream) => {
      for await (const { account, amount } of stream) {
        const sum = await totals.update(account, (before) => before + amount)
        await sums.send({ key: account, value: sum })
      }
    })
    const watched = new Promise<void>((resolve) => {
      app.agent('watch', sums, async (stream) => {
        for await (const _ of stream) resolve()
      })
    })
    await app.start()
    await orders.send({ value: { account: 'a', amount: 3 } })
    await watched
    await app.stop({ leave: true })

    const repartition = `${id}-${orders.name}-account-repartition`
    expect(ancestry(span(`process ${sums.name}`), spans())).toEqual([
      `process ${sums.name}`,
      `create ${sums.name}`,
      `process ${repartition}`,
      `create ${repartition}`,
      `process ${orders.name}`,
      `create ${orders.name}`,
    ])
    const { spanId, traceId } = span(`process ${repartition}`).spanContext()
    const headers = await firstHeaders(`${id}-totals-changelog`)
    const value = headers.find(([name]) => name === 'traceparent')![1]!
    expect(new TextDecoder().decode(value)).toBe(`00-${traceId}-${spanId}-01`)
  },
)
