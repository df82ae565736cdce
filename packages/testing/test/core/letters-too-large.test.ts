import { embeddedTransport, FaustError, type IncomingRecord } from '@faust/core'
import { intercepted } from '@faust-tools/test-support'
import { expect, test } from 'vitest'
import { virtualClock } from '../../src/index.ts'
import { drive, newApp } from '../driver/programs.ts'

test('a letter that does not fit loses its body, says so, and is not replayed', async () => {
  const app = newApp({ failures: { retries: 0, otherwise: 'deadLetter' } })
  const input = app.topic<string>('input', { partitions: 1, config: { 'max.message.bytes': '2000' } })
  app.agent('work', input, async (stream) => {
    for await (const value of stream) throw new Error(`${value.length} characters are too many`)
  })
  const driver = await drive(app)
  await driver.send(input, [{ value: 'x'.repeat(500) }, { value: 'x'.repeat(1850) }])
  const letters = await driver.deadLetters()
  expect(letters).toMatchObject([
    { body: 'kept', error: '500 characters are too many' },
    { body: 'dropped', error: '1850 characters are too many', value: null, source: { offset: 1 } },
  ])
  expect(await driver.replayDeadLetters()).toBe(1)
})

test('what `send` refuses as too large is a failure of the value that wanted to send it', async () => {
  const app = newApp({ failures: { retries: 0, otherwise: 'skip' } })
  const input = app.topic<number>('input', { partitions: 1 })
  const output = app.topic<string>('output', { config: { 'max.message.bytes': '1000' } })
  app.agent('grow', input, async (stream) => {
    for await (const value of stream) await output.send({ value: 'x'.repeat(value) })
  })
  const driver = await drive(app)
  await driver.send(input, [{ value: 5000 }, { value: 3 }])
  expect((await driver.read(output)).map(({ value }) => value)).toEqual(['xxx'])
})

test('a record that the log could not give follows the policy, and its letter has no body', async () => {
  const clock = virtualClock()
  const error = new FaustError('FAUST_RECORD_INVALID', 'The timestamp is beyond what a number holds.')
  const damaged = (record: IncomingRecord): IncomingRecord =>
    record.offset === 1 ? { ...record, key: null, value: null, error } : record
  const transport = intercepted(embeddedTransport(), {
    consumer(made) {
      const poll = made.poll.bind(made)
      made.poll = async (given) =>
        (await poll(given)).map((batch) => ({
          ...batch,
          records: Array.from(batch.records, (record) => damaged(record)),
        }))
    },
  })
  const app = newApp({ transport, clock, failures: { otherwise: 'deadLetter' } })
  const input = app.topic<number>('input', { partitions: 1 })
  const seen: number[] = []
  app.agent('read', input, async (stream) => {
    for await (const value of stream) seen.push(value)
  })
  await clock.run(() => app.start())
  for (const value of [1, 2, 3]) await clock.run(() => input.send({ value }))
  await clock.advance(5000)
  expect(seen).toEqual([1, 3])
  const letters = await clock.run(async () => {
    const found: unknown[] = []
    for await (const letter of app.deadLetters()) found.push(letter)
    return found
  })
  expect(letters).toMatchObject([{ body: 'unreadable', code: 'FAUST_RECORD_INVALID', attempts: 1, value: null }])
  await clock.run(() => app.stop())
})
