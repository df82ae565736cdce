import { type App, createApp, json } from '@faust/core'
import { describe, expect, test } from 'vitest'
import { collect, drive, MINUTE, pageViews, topic } from './views.ts'

const never = (value: unknown): never => value as never

describe('reading by what is no time', () => {
  test.each([undefined, NaN, 1.5, '2024-01-01', new Date(0)])('is refused: %s', async (time) => {
    const { app, views } = pageViews()
    await drive(app)
    const refused = { code: 'FAUST_SETTING_INVALID', message: expect.stringMatching(/Table views was given the time/) }
    await expect(views.get('a', never(time))).rejects.toMatchObject(refused)
    const byField = views.relativeTo((order: { paidAt: number }) => order.paidAt)
    await expect(byField.value('a', { paidAt: never(time) })).rejects.toMatchObject(refused)
    await expect(byField.delta('a', MINUTE, { paidAt: never(time) })).rejects.toMatchObject(refused)
    await expect(collect(byField.keys({ paidAt: never(time) }))).rejects.toMatchObject(refused)
  })

  test('is no time before 1970: nothing was there', async () => {
    const { app, views } = pageViews()
    await drive(app)
    expect(await views.get('a', -MINUTE)).toBe(0)
    expect(await views.delta('a', MINUTE)).toBe(0)
  })

  test.each([undefined, NaN, '60'])('less %s ms', async (ms) => {
    const { app, views } = pageViews()
    await drive(app)
    await expect(views.delta('a', never(ms))).rejects.toMatchObject({
      code: 'FAUST_SETTING_INVALID',
      message: expect.stringMatching(/Table views.*delta\(key, ms\)/),
    })
  })

  test('relative to something else', () => {
    const { views } = pageViews()
    expect(() => views.relativeTo(never('event'))).toThrow(/Table views.*'stream', 'now' or a function.*event/)
  })

  test('in a range that is none', async () => {
    const { app, views } = pageViews()
    await drive(app)
    await expect(collect(views.entries({ prefix: 'a' } as never))).rejects.toThrow(
      /table views.*`prefix` does not exist/,
    )
    await expect(collect(views.windows('a', { from: never('2024') }))).rejects.toThrow(/table views.*`from` is 2024/)
    await expect(collect(views.entries({ to: NaN }))).rejects.toThrow(/table views.*`to` is NaN/)
    expect(await collect(views.entries({ from: -Infinity, to: Infinity }))).toEqual([])
  })
})

const declared = (app: App) => app.table('sums', { value: json<number>(), default: () => 0 })

describe('writing', () => {
  test.each([
    ['plain', declared],
    ['windowed', (app: App) => declared(app).tumbling({ size: 10 })],
  ])('a %s table with no function to change it by', async (_, declare) => {
    const app = createApp({ id: 'site', failures: { retries: 0, otherwise: 'skip' } })
    const input = app.topic('input', { ...topic, value: json<number>() })
    const sums = declare(app)
    let refused: unknown
    app.agent('sum', input, { tables: [sums] }, async (stream) => {
      for await (const value of stream)
        await sums.update('a', never(value)).catch((error: unknown) => (refused = error))
    })
    const driver = await drive(app)
    await driver.send(input, { key: 'a', value: 1, timestamp: 1 })
    const message = expect.stringMatching(/Table sums: update\(key, change\).*number.*set\(key, value\)/)
    expect(refused).toMatchObject({ code: 'FAUST_SETTING_INVALID', message })
  })

  test.each([{ time: 5 }, 5])('at a time that is misspelt: %j', async (options) => {
    const app = createApp({ id: 'site', failures: { retries: 0, otherwise: 'skip' } })
    const input = app.topic('input', { ...topic, value: json<number>() })
    const sums = declared(app).tumbling({ size: 10 })
    let refused: unknown
    app.agent('sum', input, { tables: [sums] }, async (stream) => {
      for await (const _ of stream) {
        await sums.update('a', (sum) => sum + 1, never(options)).catch((error: unknown) => (refused = error))
      }
    })
    const driver = await drive(app)
    await driver.send(input, { key: 'a', value: 1, timestamp: 1 })
    expect(refused).toMatchObject({ message: expect.stringMatching(/write to table sums.*at\.$/) })
    expect(await collect(sums.entries())).toEqual([])
  })
})
