import { createApp, json, type SessionOptions, type Windowed } from '@faust/core'
import { describe, expect, test } from 'vitest'
import { at, collect, drive, topic } from './views.ts'

/** Seconds at which a visitor did something, by session. */
function visits(options: Partial<SessionOptions<readonly number[]>> = {}) {
  const app = createApp({ id: 'visits' })
  const clicks = app.topic('clicks', { ...topic, value: json<number>() })
  const sessions = app.table('sessions', { value: json<readonly number[]>(), default: () => [] }).session({
    gap: 30_000,
    merge: (one, other) => [...one, ...other],
    ...options,
  })
  app.agent('follow', clicks, { tables: [sessions] }, async (stream) => {
    for await (const { key, timestamp } of stream.events()) {
      await sessions.update(key!, (seconds) => [...seconds, timestamp / 1000])
    }
  })
  const ended = app.topic('ended', { ...topic, value: json<readonly number[]>() })
  app.agent('end', sessions.final(), async (stream) => {
    for await (const { key, value } of stream.events()) await ended.send({ key, value: value.value })
  })
  return { app, clicks, sessions, ended }
}

const window = (start: number, end: number): Windowed<unknown>['window'] => ({ start: start * 1000, end: end * 1000 })

describe('sessions', () => {
  test('grow, and end when nothing came for the gap', async () => {
    const { app, clicks, sessions, ended } = visits()
    const driver = await drive(app)
    await driver.send(clicks, [at(10), at(35), at(50, 'b'), at(64)])
    expect(await collect(sessions.entries())).toEqual([
      { key: 'a', window: window(10, 94), value: [10, 35, 64] },
      { key: 'b', window: window(50, 80), value: [50] },
    ])
    await driver.send(clicks, at(93, 'c'))
    await driver.commit()
    expect((await driver.read(ended)).map(({ key, value }) => [key, value])).toEqual([['b', [50]]])
    await driver.send(clicks, at(94, 'c'))
    await driver.commit()
    expect((await driver.read(ended)).map(({ key, value }) => [key, value])).toEqual([['a', [10, 35, 64]]])
    // Closed ones can still be read.
    expect((await collect(sessions.windows('a'))).map(({ value }) => value)).toEqual([[10, 35, 64]])
    expect(await sessions.get('a', 20_000)).toEqual([10, 35, 64])
    expect(await sessions.get('a', 94_000)).toEqual([])
  })

  test('are made one of two by a value that comes late enough between them', async () => {
    const { app, clicks, sessions, ended } = visits({ grace: 60_000 })
    const driver = await drive(app)
    await driver.send(clicks, [at(10), at(60)])
    expect(await collect(sessions.windows('a'))).toHaveLength(2)
    await driver.send(clicks, at(35))
    expect(await collect(sessions.windows('a'))).toEqual([{ window: window(10, 90), value: [10, 60, 35] }])
    await driver.send(clicks, at(300, 'b'))
    await driver.commit()
    expect((await driver.read(ended)).map(({ value }) => value)).toEqual([[10, 60, 35]])
  })

  test('that are over are joined by nothing, and a value for them alone is late', async () => {
    const { app, clicks, sessions } = visits()
    const driver = await drive(app)
    await driver.send(clicks, [at(10), at(100, 'b'), at(39), at(80)])
    expect((await collect(sessions.windows('a'))).map(({ value }) => value)).toEqual([[10], [80]])
    await driver.commit()
    expect(app.monitor.snapshot().tables['sessions']!.late).toBe(1)
  })

  test('go on after a restart, and end once', async () => {
    const first = visits()
    const before = await drive(first.app)
    await before.send(first.clicks, [at(10), at(50, 'b')])
    await before.close()
    const second = visits()
    const after = await drive(second.app, { world: before.world })
    await after.send(second.clicks, [at(75, 'b'), at(200, 'c')])
    await after.commit()
    expect((await after.read(second.ended)).map(({ key, value }) => [key, value])).toEqual([
      ['a', [10]],
      ['b', [50, 75]],
    ])
    await after.send(second.clicks, at(300, 'd'))
    await after.commit()
    expect((await after.read(second.ended)).map(({ key }) => key)).toEqual(['c'])
  })

  test('are dropped when their retention is over, with everything that was kept of their key', async () => {
    const { app, clicks, sessions } = visits({ retention: 60_000 })
    const driver = await drive(app)
    await driver.send(clicks, [at(10), at(60)])
    await driver.send(clicks, at(99, 'z'))
    await driver.commit()
    expect(await collect(sessions.windows('a'))).toHaveLength(2)
    await driver.send(clicks, at(100, 'z'))
    await driver.commit()
    expect((await collect(sessions.windows('a'))).map(({ value }) => value)).toEqual([[60]])
    await driver.send(clicks, at(200, 'z'))
    await driver.commit()
    expect(await collect(sessions.windows('a'))).toEqual([])
  })
})
