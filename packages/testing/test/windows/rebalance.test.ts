import { createApp, json, type Windowed } from '@faust/core'
import { expect, test } from 'vitest'
import { drive, MINUTE } from './views.ts'

const PARTITIONS = 4
const KEYS = Array.from({ length: 24 }, (_, n) => `key-${n}`)

/** Counts by the minute over several partitions; results go through the table's own topic to a second agent. */
function counts() {
  const app = createApp({ id: 'counts', sessionTimeout: 6000, heartbeatInterval: 2000 })
  const topic = { config: { 'retention.ms': '-1' }, partitions: PARTITIONS }
  const input = app.topic('input', { ...topic, value: json<number>() })
  const output = app.topic('output', { ...topic, value: json<Windowed<number>>() })
  const perMinute = app.table('per-minute', { value: json<number>(), default: () => 0 }).tumbling({ size: MINUTE })
  app.agent('count', input, { tables: [perMinute] }, async (stream) => {
    for await (const { key, value } of stream.events()) await perMinute.update(key!, (sum) => sum + value)
  })
  app.agent('publish', perMinute.final(), async (stream) => {
    for await (const { key, value } of stream.events()) await output.send({ key, value })
  })
  return { app, input, output }
}

/** One record of every key in the middle of a minute. */
const round = (minute: number) => KEYS.map((key) => ({ key, value: 1, timestamp: minute * MINUTE + MINUTE / 2 }))

test.each(['leaves', 'crashes'])(
  'windows close once each when workers come, and one that stays has everything when another %s',
  async (how) => {
    const first = counts()
    const one = await drive(first.app)
    await one.send(first.input, round(0))
    const second = counts()
    const two = await drive(second.app, { world: one.world })
    await one.advance(10_000)
    expect(first.app.status().partitions.length).toBeLessThan(2 * PARTITIONS)
    await one.send(first.input, [...round(0), ...round(1)])
    await one.advance(10_000)
    await one.send(first.input, round(2))
    await (how === 'leaves' ? two.close() : two.crash())
    await one.advance(60_000)
    await one.send(first.input, [...round(2), ...round(3)])
    await one.advance(10_000)
    const seen = new Map<string, Set<number>>()
    const results = await one.read(first.output)
    for (const { key, value } of results) {
      const id = `${key} ${value.window.start / MINUTE}`
      seen.set(id, (seen.get(id) ?? new Set()).add(value.value))
    }
    for (const key of KEYS) {
      for (const [minute, least] of [2, 1, 2].entries()) {
        const values = [...(seen.get(`${key} ${minute}`) ?? [])]
        // Never below what came. Only what a crash repeats may come on top.
        expect(Math.min(...values)).toBeGreaterThanOrEqual(least)
        if (how === 'leaves') expect(values).toEqual([least])
      }
    }
    if (how === 'leaves') expect(results).toHaveLength(3 * KEYS.length)
  },
)
