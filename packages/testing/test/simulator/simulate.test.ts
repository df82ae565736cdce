import { expect, test } from 'vitest'
import type { Topic } from '@faust/core'
import { type SeededRandom, simulate, type SimulatedInput, type SimulationOptions } from '../../src/index.ts'
import { FAULT_KINDS } from '../../src/simulator/faults.ts'
import { checkAtLeastOnce, checkExactlyOnce, checkRepartitioned, checkWindowed } from './checks.ts'
import { type Counting, counting, GRACE, type Happening, repartitioning, windowing } from './programs.ts'

const SEED = Number(process.env['FAUST_SEED'] ?? 1)
/** Few where every change is tried; `pnpm test:seeds` runs ten thousand. */
const SEEDS = Number(process.env['FAUST_SEEDS'] ?? 30)
const LIMIT = Math.max(60_000, SEEDS * 1000)

const happenings = (topic: Topic<string, Happening>, random: SeededRandom): SimulatedInput<string, Happening>[] =>
  Array.from({ length: 60 }, (_, id) => ({
    topic,
    key: `k${random.int(10)}`,
    value: { id, amount: random.int(1000) },
  }))

const quick = { duration: 8000, session: 1500, seed: SEED, seeds: SEEDS }
const exactlyOnce = { guarantee: 'exactly-once', commitInterval: 100 } as const

const atLeastOnce: SimulationOptions<Counting> = {
  ...quick,
  seeds: 1,
  app: (clock) => counting(clock),
  input: ({ input }, random) => happenings(input, random),
  check: checkAtLeastOnce,
}

/** A worker whose request is in the log's hands while its session ends may write over its successor's entries. */
const BEHIND_THE_HOLE = new Set(['pause', 'late request'])

test('at-least-once loses no record', { timeout: LIMIT }, async () => {
  const faults = FAULT_KINDS.filter((kind) => !BEHIND_THE_HOLE.has(kind))
  const report = await simulate({ ...atLeastOnce, ...quick, faults })
  expect(report.faults).toBeGreaterThan(SEEDS)
})

test('a pause between proof and write shows the hole that at-least-once keeps, and exactly-once closes it', async () => {
  const holes: number[] = []
  for (let step = 60; step < 80; step++) {
    const faults = [{ step, kind: 'pause', worker: 0, after: false, lasts: 4000 }] as const
    const paused = { ...atLeastOnce, faults, seed: 3 }
    try {
      await simulate(paused)
    } catch (error) {
      expect(error).toMatchObject({ code: 'FAUST_SIMULATION_FAILED' })
      holes.push(step)
      await simulate({ ...paused, app: (clock) => counting(clock, exactlyOnce), check: checkExactlyOnce })
    }
  }
  expect(holes.length).toBeGreaterThan(0)
})

test('exactly-once counts every record once, whatever happens', { timeout: LIMIT }, async () => {
  const report = await simulate({
    ...atLeastOnce,
    ...quick,
    app: (clock) => counting(clock, exactlyOnce),
    check: checkExactlyOnce,
  })
  expect(report.faults).toBeGreaterThan(SEEDS)
})

test('exactly-once tells every count of a re-keyed stream once, in order', { timeout: LIMIT }, async () => {
  const report = await simulate({
    ...quick,
    app: (clock) => repartitioning(clock, exactlyOnce),
    input: ({ input }, random) => happenings(input, random),
    check: checkRepartitioned,
  })
  expect(report.faults).toBeGreaterThan(SEEDS)
})

test('exactly-once tells every window once, when it closes', { timeout: LIMIT }, async () => {
  const report = await simulate({
    ...quick,
    app: (clock) => windowing(clock, exactlyOnce),
    input: ({ input }, random) => [
      ...happenings(input, random).map((one) => ({ ...one, timestamp: random.int(5000) })),
      // One in each partition, behind all others: time goes on, and windows close.
      ...['last-4', 'last-2', 'last-0'].map((key) => ({
        topic: input,
        key,
        timestamp: 10_000 + GRACE,
        value: { id: -1, amount: 0 },
      })),
    ],
    check: checkWindowed,
  })
  expect(report.faults).toBeGreaterThan(SEEDS)
})

test('a run is a function of its seed', async () => {
  const reports = [1, 2].map(() => simulate({ ...atLeastOnce, check: () => {}, seed: 17 }))
  const [one, other] = await Promise.all(reports)
  expect(one).toEqual(other)
  expect(await simulate({ ...atLeastOnce, check: () => {}, seed: 18 })).not.toEqual(one)
})

test('a worker may die at any of its first requests', async () => {
  for (let step = 1; step <= 20; step++) {
    await simulate({ ...atLeastOnce, faults: [{ step, kind: 'crash', worker: 1, after: step % 2 === 0, back: 550 }] })
  }
})

test('a failure tells the seed, the fewest faults and what happened', async () => {
  const failing = simulate({
    ...atLeastOnce,
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

test.each([
  [{ workers: 0 }, /workers` is 0/],
  [{ keptDisks: 2 }, /keptDisks` is 2/],
  [{ faults: ['crush' as 'crash'] }, /names "crush"/],
])('%o is refused', async (options, message) => {
  await expect(simulate({ ...atLeastOnce, ...options })).rejects.toMatchObject({
    code: 'FAUST_SETTING_INVALID',
    message: expect.stringMatching(message),
  })
})
