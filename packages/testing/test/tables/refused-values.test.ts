import {
  type App,
  base64,
  bytes,
  compose,
  json,
  type RecordToSend,
  type StandardSchema,
  text,
  type Topic,
} from '@faust/core'
import { expect, test } from 'vitest'
import { drive, newApp } from '../driver/programs.ts'

interface Payment {
  readonly account: string
  readonly amount: number
}

const number = { value: json<number>(), default: () => 0 }

/** An app that keeps as dead letters what its agent can't do, and a topic of payments for it. */
function program(): { app: App; payments: Topic<string, Payment> } {
  const app = newApp({ failures: { retries: 0, otherwise: 'deadLetter' } })
  return { app, payments: app.topic<Payment>('payments', { partitions: 1 }) }
}

const sums = {
  plain: (app: App) => app.table('sums', number),
  ttl: (app: App) => app.table('sums', { ...number, ttl: 1000 }),
  tumbling: (app: App) => app.table('sums', number).tumbling({ size: 1000 }),
  sliding: (app: App) => app.table('sums', number).sliding({ size: 1000 }),
}

test.each(Object.entries(sums))(
  'what can not be encoded fails the handler that writes it: %s',
  async (kind, declare) => {
    const { app, payments } = program()
    const table = declare(app)
    const results: unknown[] = []
    app.agent('sum', payments, { tables: [table] }, async (stream) => {
      for await (const { account, amount } of stream) {
        results.push(await table.update(account, (sum: number) => sum + amount))
      }
    })
    const driver = await drive(app)
    const pay = (amount: unknown): RecordToSend<string, Payment> => ({
      key: 'ann',
      value: { account: 'ann', amount } as Payment,
      timestamp: 5,
    })
    await driver.send(payments, [pay(1), pay(undefined), pay(2)])
    await driver.commit()
    expect(results.flat()).toMatchObject(kind === 'plain' || kind === 'ttl' ? [1, 3] : [{ value: 1 }, { value: 3 }])
    expect(await driver.deadLetters()).toMatchObject([
      { agent: 'sum', code: 'FAUST_ENCODE', error: expect.stringMatching(/Table sums.*NaN/) as string },
    ])
  },
)

const aNumber: StandardSchema<unknown, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (given) => (typeof given === 'number' ? { value: given } : { issues: [{ message: 'no number' }] }),
  },
}
const cycle: unknown[] = []
cycle.push(cycle)

test.each([
  ['a Promise', json(), Promise.resolve(1), /a Promise/],
  ['a number as text', text(), 5, /text\(\) writes strings only/],
  ['text as bytes', bytes(), 'five', /bytes\(\) writes a Uint8Array only/],
  ['a cycle', json(), cycle, /a tree/],
  ['what a schema refuses', json(aNumber, { validateOnSend: true }), 'five', /schema/],
  ['a Promise in a composed format', compose(json(), base64()), Promise.resolve(1), /a Promise/],
])('%s is refused at the write', async (_, value, given, message) => {
  const { app, payments } = program()
  const table = app.table('kept', { value })
  app.agent('keep', payments, { tables: [table] }, async (stream) => {
    for await (const { account } of stream) await table.set(account, given)
  })
  const driver = await drive(app)
  await driver.send(payments, { key: 'ann', value: { account: 'ann', amount: 1 } })
  await driver.commit()
  expect(await driver.deadLetters()).toMatchObject([{ error: expect.stringMatching(message) as string }])
})

test('a table that can not read what it kept by another format of the same name says what to do', async () => {
  const kept = program()
  const asText = kept.app.table('kept', { value: { ...text(), name: 'json' } })
  kept.app.agent('keep', kept.payments, { tables: [asText] }, async (stream) => {
    for await (const { account } of stream) await asText.set(account, 'five')
  })
  const payment = { key: 'ann', value: { account: 'ann', amount: 1 } }
  const driver = await drive(kept.app)
  await driver.send(kept.payments, payment)
  await driver.close()

  const app = newApp({ failures: { retries: 0 } })
  const payments = app.topic<Payment>('payments', { partitions: 1 })
  const asJson = app.table('kept', number)
  app.agent('keep', payments, { tables: [asJson] }, async (stream) => {
    for await (const { account } of stream) await asJson.update(account, (sum) => sum + 1)
  })
  const second = await drive(app, { world: driver.world })
  await expect(second.send(payments, payment)).rejects.toThrow(
    /Table kept.*could not read a value.*give it another name.*Mend the handler, or the declaration of the table/,
  )
})
