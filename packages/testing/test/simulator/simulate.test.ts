import assert from 'node:assert/strict'
import { type App, type Clock, createApp, json, type Table, type Topic } from '@faust/core'
import { expect, test } from 'vitest'
import { type Outcome, simulate, type SimulationOptions } from '../../src/index.ts'

interface Counting {
  readonly app: App
  readonly input: Topic<string, number>
  readonly ids: Table<string, number[], number[]>
}

/** Gathers the numbers that came for each key: in the order of coming, and none twice. */
function gathering(clock: Clock, guarantee: 'at-least-once' | 'exactly-once' = 'at-least-once'): Counting {
  const times = { sessionTimeout: 1500, heartbeatInterval: 300, rebalanceTimeout: 3000, commitInterval: 100 }
  const app = createApp({ id: 'sim', clock, guarantee, ...times })
  const input = app.topic('input', { value: json<number>(), partitions: 3 })
  const ids = app.table('ids', { value: json<number[]>(), default: () => [] })
  app.agent('gather', input, { tables: [ids] }, async (stream) => {
    for await (const { key, value } of stream.events()) await ids.update(key!, (all) => [...all, value])
  })
  return { app, input, ids }
}

async function check({ inputs, program, table }: Outcome<Counting>): Promise<void> {
  const expected: Record<string, number[]> = {}
  for (const { key, value } of inputs) (expected[key as string] ??= []).push(value as number)
  const seen = await table(program.ids)
  for (const [key, ids] of Object.entries(expected)) assert.deepEqual(seen.get(key), ids, `the ids of ${key}`)
}

const simulation: SimulationOptions<Counting> = {
  app: (clock) => gathering(clock, 'exactly-once'),
  input: ({ input }, random) =>
    Array.from({ length: 60 }, (_, value) => ({ topic: input, key: `k${random.int(10)}`, value })),
  check,
  duration: 8000,
  session: 1500,
}

test('a run is a function of its seed', async () => {
  const [one, other] = await Promise.all([simulate({ ...simulation, seed: 17 }), simulate({ ...simulation, seed: 17 })])
  expect(one).toEqual(other)
  expect(await simulate({ ...simulation, seed: 18 })).not.toEqual(one)
})

test('a worker may die at any of its first requests', async () => {
  for (let step = 1; step <= 20; step++) {
    await simulate({ ...simulation, faults: [{ step, kind: 'crash', worker: 1, after: step % 2 === 0, back: 550 }] })
  }
})

test('a pause between proof and write shows the hole that at-least-once keeps, and exactly-once closes it', async () => {
  const holes: number[] = []
  for (let step = 40; step < 80; step++) {
    const faults = [{ step, kind: 'pause', worker: 0, after: false, lasts: 4000 }] as const
    const paused = { ...simulation, faults, seed: 3 }
    try {
      await simulate({ ...paused, app: (clock) => gathering(clock), check: noneLost })
    } catch (error) {
      expect(error).toMatchObject({ code: 'FAUST_SIMULATION_FAILED' })
      holes.push(step)
      await simulate(paused)
    }
  }
  expect(holes.length).toBeGreaterThan(0)
})

async function noneLost({ inputs, program, table }: Outcome<Counting>): Promise<void> {
  const seen = await table(program.ids)
  for (const { key, value } of inputs)
    assert.ok(seen.get(key as string)!.includes(value as number), `${String(value)} of ${String(key)}`)
}

test('a failure tells the seed, the fewest faults and what happened', async () => {
  const failing = simulate({
    ...simulation,
    seed: 5,
    faults: [
      { at: 2000, kind: 'crash', worker: 0, after: false, back: 400 },
      { at: 4000, kind: 'jump', worker: 1, by: 1000 },
    ],
    check: (outcome) => {
      if (outcome.lives > 2) throw new Error('somebody died')
    },
  })
  await expect(failing).rejects.toMatchObject({
    code: 'FAUST_SIMULATION_FAILED',
    message: expect.stringMatching(
      /Seed 5 fails: somebody died[^]*1 of 2 faults[^]*"kind":"crash"[^]*worker-0 is dead/,
    ),
    details: { seed: 5, faults: [{ kind: 'crash' }] },
  })
})

test('an app that always ends by itself fails soon, with its own error', async () => {
  const failing = simulate({
    ...simulation,
    faults: [],
    app: (clock) => {
      const made = gathering(clock)
      made.app.task('fail', () => Promise.reject(new Error('no database')))
      return made
    },
  })
  await expect(failing).rejects.toThrow(/no database/)
})

test.each([
  [{ workers: 0 }, /workers` is 0/],
  [{ keptDisks: 2 }, /keptDisks` is 2/],
  [{ faults: ['crush' as 'crash'] }, /names "crush"/],
  [{ sed: 1 }, /`sed` does not exist/],
  [{ input: undefined as never }, /`input` must be a function: \(program, random\)/],
  [{ check: 'sum' as never }, /`check` must be a function/],
])('%o is refused', async (options, message) => {
  await expect(simulate({ ...simulation, ...options })).rejects.toMatchObject({
    code: 'FAUST_SETTING_INVALID',
    message: expect.stringMatching(message),
  })
})

test('a factory that answers the app alone is told what to answer', async () => {
  const alone = { ...simulation, app: (clock: Clock) => simulation.app(clock).app as never, faults: [] }
  await expect(simulate(alone)).rejects.toThrow(/`app` answers no program: \(clock\) => \(\{ app: createApp/)
})
