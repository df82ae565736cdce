import { describe, expect, test } from 'vitest'
import { type App, compose, json, type Serializer, text, type TumblingOptions } from '../../src/index.ts'
import { testApp } from '../support/test-app.ts'

const form = (declare: (app: App) => { readonly definition: { readonly form: string } }): string =>
  declare(testApp()).definition.form
const plain = (app: App) => app.table('t', { value: json<number>() })
const merge = (one: number, other: number): number => one + other
const gzip = { ...(text() as unknown as Serializer<Uint8Array>), name: 'gzip' }

describe('the form of a table', () => {
  test.each([
    ['text keys, json values', plain],
    ['json keys, json|gzip values', (app: App) => app.table('t', { key: json(), value: compose(json(), gzip) })],
    ['text keys, json values, shards by source', (app: App) => app.table('t', { partitionBy: 'source' })],
    ['text keys, json values, ttl', (app: App) => app.table('t', { ttl: 1000 })],
    ['text keys, json values, ttl by the clock', (app: App) => app.table('t', { ttl: { after: 1, time: 'clock' } })],
    ['text keys, json values, shards by source, ttl', (app: App) => app.table('t', { partitionBy: 'source', ttl: 9 })],
    ['text keys, sets of json', (app: App) => app.setTable('t', { element: json() })],
    ['text keys, json values, tumbling 10 ms', (app: App) => plain(app).tumbling({ size: 10 })],
    ['text keys, json values, hopping 10 ms every 4 ms', (app: App) => plain(app).hopping({ size: 10, step: 4 })],
    ['text keys, json values, sliding 10 ms', (app: App) => plain(app).sliding({ size: 10 })],
    ['text keys, json values, sessions', (app: App) => plain(app).session({ gap: 10, merge })],
    [
      'text keys, json values, sessions by the clock',
      (app: App) => plain(app).session({ gap: 10, merge, time: 'clock' }),
    ],
  ])('is kept in these words, which must stay as they are: %s', (words, declare) => {
    expect(form(declare)).toBe(words)
  })

  test('is the same whatever else is declared', () => {
    const other = { replicas: 3, config: { 'min.insync.replicas': '2' }, changelogLoss: 'rebuild' } as const
    expect(form((app) => app.table('t', { value: json<number>(), default: () => 0, ...other }))).toBe(form(plain))
    expect(form((app) => app.table('other', { ttl: { after: 5, idle: 7 } }))).toBe(
      form((app) => app.table('t', { ttl: 9 })),
    )
    const tumbling = (options: Partial<TumblingOptions>) => form((app) => plain(app).tumbling({ size: 10, ...options }))
    expect(tumbling({ grace: 5, retention: 6, idle: 7 })).toBe(tumbling({}))
    expect(form((app) => plain(app).hopping({ size: 10, step: 10 }))).toBe(tumbling({}))
    const session = (gap: number) => form((app) => plain(app).session({ gap, merge }))
    expect(session(10)).toBe(session(20))
  })
})
