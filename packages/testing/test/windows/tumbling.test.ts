import { createApp, json } from '@faust/core'
import { describe, expect, test } from 'vitest'
import { at, collect, drive, MINUTE, pageViews, topic } from './views.ts'

const minute = (n: number): { start: number; end: number } => ({ start: n * MINUTE, end: (n + 1) * MINUTE })

describe('writing', () => {
  test('goes to the window of the record, however the records come', async () => {
    const { app, pages, views } = pageViews()
    const driver = await drive(app)
    await driver.send(pages, [at(10), at(69), at(59, 'a', 5), at(61, 'b')])
    expect(await collect(views.entries())).toEqual([
      { key: 'a', window: minute(0), value: 6 },
      { key: 'a', window: minute(1), value: 1 },
      { key: 'b', window: minute(1), value: 1 },
    ])
    expect(await views.get('a', 30_000)).toBe(6)
    expect(await views.get('b', 30_000)).toBe(0)
  })

  test.each([-5, 9.95, NaN])('to the window of %s is refused: there is no such time', async (time) => {
    const app = createApp({ id: 'site' })
    const input = app.topic('input', { ...topic, value: json<number>() })
    const sums = app.table('sums', { value: json<number>(), default: () => 0 }).hopping({ size: 10, step: 5 })
    let refused: unknown
    app.agent('sum', input, { tables: [sums] }, async (stream) => {
      for await (const _ of stream)
        await sums.update('a', (sum) => sum + 1, { at: time }).catch((error) => (refused = error))
    })
    const driver = await drive(app)
    await driver.send(input, { key: 'a', value: 1, timestamp: 1 })
    expect(refused).toMatchObject({ message: expect.stringMatching(/whole number of ms since 1970/) })
    expect(await collect(sums.entries())).toEqual([])
  })

  test('is late by the largest timestamp before in the partition, is counted, and goes where `late` says', async () => {
    const { app, pages, views, late, taken } = pageViews()
    const driver = await drive(app)
    // 60 + 10 seconds of grace: the record at 69 leaves the first minute open, the one at 70 closes it.
    await driver.send(pages, [at(5), at(69), at(6), at(70), at(7, 'a', 100)])
    expect(taken).toEqual([1, 1, 1, 1, 0])
    expect(await views.get('a', 0)).toBe(2)
    expect(await driver.read(late)).toMatchObject([{ key: 'a', value: 100, timestamp: 7000 }])
    await driver.commit()
    expect(app.monitor.snapshot().tables['views']!.late).toBe(1)
  })
})

describe('closing', () => {
  test('comes at a commit, once for each window, in the order of the windows', async () => {
    const { app, pages, final } = pageViews()
    const driver = await drive(app)
    await driver.send(pages, [at(10), at(20, 'b', 3), at(65), at(129)])
    expect(await driver.read(final)).toEqual([])
    await driver.commit()
    expect(await driver.read(final)).toMatchObject([
      { key: 'a', value: { window: minute(0), value: 1 }, timestamp: MINUTE - 1 },
      { key: 'b', value: { window: minute(0), value: 3 } },
    ])
    await driver.send(pages, at(189))
    await driver.commit()
    await driver.commit()
    expect((await driver.read(final)).map(({ value }) => value)).toEqual([{ window: minute(1), value: 1 }])
  })

  test('goes on after a restart where it was: none is missing, none comes twice', async () => {
    const first = pageViews()
    const before = await drive(first.app)
    await before.send(first.pages, [at(10), at(80), at(81, 'b')])
    await before.close()
    expect((await before.read(first.final)).map(({ value }) => value)).toEqual([{ window: minute(0), value: 1 }])

    const second = pageViews()
    const after = await drive(second.app, { world: before.world })
    // Stream time was committed: a record of the first minute is late at once.
    await after.send(second.pages, [at(11), at(82)])
    expect(second.taken).toEqual([0, 1])
    await after.send(second.pages, at(131))
    await after.commit()
    expect((await after.read(second.final)).map(({ key, value }) => [key, value])).toEqual([
      ['a', { window: minute(1), value: 2 }],
      ['b', { window: minute(1), value: 1 }],
    ])
  })

  test('after a crash windows come again only as they were, and replayed records are not late', async () => {
    const first = pageViews()
    const before = await drive(first.app)
    await before.send(first.pages, [at(10), at(20)])
    await before.commit()
    await before.send(first.pages, [at(75), at(140)])
    await before.crash()

    const second = pageViews()
    const after = await drive(second.app, { world: before.world })
    await after.commit()
    expect(second.taken).toEqual([1, 1])
    const results = await after.read(second.final)
    expect(results.map(({ value }) => value)).toEqual([
      { window: minute(0), value: 2 },
      { window: minute(1), value: 1 },
    ])
    expect(second.app.monitor.snapshot().tables['views']!.late).toBe(0)
    expect(await after.read(second.late)).toEqual([])
  })

  test('of a partition that has gone quiet comes after `idle`, as the clock goes on', async () => {
    const { app, pages, views, taken, final } = pageViews({ idle: 30_000 })
    const driver = await drive(app)
    await driver.send(pages, at(40))
    await driver.advance(25_000)
    expect(await driver.read(final)).toEqual([])
    // 70 s of stream time are reached 30 s after the last record.
    await driver.advance(10_000)
    expect((await driver.read(final)).map(({ value }) => value)).toEqual([{ window: minute(0), value: 1 }])
    await driver.send(pages, at(41))
    expect(taken).toEqual([1, 0])
    expect(await views.get('a', 40_000)).toBe(1)
  })

  test('without `idle` a quiet partition keeps its last window open', async () => {
    const { app, pages, final } = pageViews()
    const driver = await drive(app)
    await driver.send(pages, at(40))
    await driver.advance(600_000)
    expect(await driver.read(final)).toEqual([])
  })
})

describe('under exactly-once', () => {
  test('a crash repeats neither counts nor closed windows, and others see what is committed', async () => {
    const first = pageViews({}, { guarantee: 'exactly-once' })
    const before = await drive(first.app)
    await before.send(first.pages, [at(10), at(20)])
    await before.commit()
    await before.send(first.pages, [at(30), at(75)])
    await before.commit()
    expect((await before.read(first.final)).map(({ value }) => value)).toEqual([{ window: minute(0), value: 3 }])
    await before.send(first.pages, [at(80), at(140)])
    await before.crash()
    const second = pageViews({}, { guarantee: 'exactly-once' })
    const after = await drive(second.app, { world: before.world })
    await after.advance(30_000)
    await after.send(second.pages, [at(31), at(150)])
    await after.commit()
    // Whichever of the two has closed it, and whatever the crash has cut off: it is there once.
    const results = [...(await before.read(first.final)), ...(await after.read(second.final))]
    const closed = new Map(results.map(({ offset, value }) => [offset, value]))
    expect([...closed.values()]).toEqual([{ window: minute(1), value: 2 }])
    expect(await second.views.get('a', 0)).toBe(3)
    expect(await second.views.get('a', 2 * MINUTE)).toBe(2)
    expect((await after.read(second.late)).map(({ timestamp }) => timestamp)).toEqual([31_000])
  })
})

describe('retention', () => {
  test('drops closed windows after their time, and not before', async () => {
    const { app, pages, views } = pageViews({ retention: 2 * MINUTE })
    const driver = await drive(app)
    await driver.send(pages, [at(10), at(100), at(189)])
    await driver.commit()
    expect(await collect(views.windows('a'))).toHaveLength(3)
    await driver.send(pages, at(190))
    await driver.commit()
    expect((await collect(views.windows('a'))).map(({ window }) => window)).toEqual([minute(1), minute(3)])
  })
})

describe('clock time', () => {
  test('takes the moment of the write, and closes as the clock goes on', async () => {
    const { app, pages, views, final } = pageViews({ time: 'clock', grace: 0 })
    const driver = await drive(app)
    const begun = driver.clock.now()
    await driver.send(pages, [at(5), at(5_000_000)])
    expect(await views.now('a')).toBe(2)
    await driver.advance(2 * MINUTE)
    const start = begun - (begun % MINUTE)
    expect((await driver.read(final)).map(({ value }) => value)).toEqual([
      { window: { start, end: start + MINUTE }, value: 2 },
    ])
  })
})

describe('reading', () => {
  test('by the value in hand, by the clock, by stream time and by a field', async () => {
    const { app, pages, views } = pageViews()
    const driver = await drive(app)
    await driver.send(pages, [at(10), at(20, 'b'), at(70, 'a', 4), at(130, 'a', 7)])
    await driver.commit()
    // Outside handlers stream time is the largest that was read.
    expect(await views.value('a')).toBe(7)
    expect(await views.delta('a', MINUTE)).toBe(4)
    expect(await views.delta('a', 10 * MINUTE)).toBe(1)
    expect(await views.now('a')).toBe(0)
    expect(await views.relativeTo('now').value('a')).toBe(0)
    const byTime = views.relativeTo((order: { paidAt: number }) => order.paidAt)
    expect(await byTime.value('a', { paidAt: 80_000 })).toBe(4)
    expect(await byTime.delta('a', MINUTE, { paidAt: 80_000 })).toBe(1)
    expect(await collect(byTime.keys({ paidAt: 0 }))).toEqual(['a', 'b'])
    expect(await collect(views.relativeTo('stream').values())).toEqual([7])
    expect((await collect(views.windows('a', { from: MINUTE }))).map(({ value }) => value)).toEqual([4, 7])
    expect((await collect(views.entries({ to: MINUTE }))).map(({ key }) => key)).toEqual(['a', 'b'])
    await expect(views.current('a')).rejects.toMatchObject({ code: 'FAUST_TABLE_OUTSIDE_AGENT' })
  })
})
