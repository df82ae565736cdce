import { expect, test } from 'vitest'
import { simulate, type SimulationOptions } from '../../src/index.ts'
import { FAULT_KINDS } from '../../src/simulator/faults.ts'
import { checkAtLeastOnce, checkExactlyOnce } from './checks.ts'
import { type Counting, counting } from './programs.ts'

const atLeastOnce: SimulationOptions<Counting> = {
  app: (clock) => counting(clock),
  input: ({ input }, random) =>
    Array.from({ length: 60 }, (_, id) => ({
      topic: input,
      key: `k${random.int(10)}`,
      value: { id, amount: random.int(1000) },
    })),
  duration: 8000,
  session: 1500,
  check: checkAtLeastOnce,
}

/** A worker whose request is in the log's hands while its session ends may write over its successor's entries. */
const BEHIND_THE_HOLE = new Set(['pause', 'late request', 'disconnect', 'outage'])

test('at-least-once loses no record', async () => {
  const faults = FAULT_KINDS.filter((kind) => !BEHIND_THE_HOLE.has(kind))
  const report = await simulate({ ...atLeastOnce, faults, seeds: 40 })
  expect(report).toMatchObject({ seeds: 40 })
  expect(report.faults).toBeGreaterThan(50)
})

test('exactly-once counts every record once, whatever happens', async () => {
  const report = await simulate({
    ...atLeastOnce,
    app: (clock) => counting(clock, { guarantee: 'exactly-once', commitInterval: 100 }),
    check: checkExactlyOnce,
    seeds: Number(process.env['SEEDS'] ?? 40),
    seed: Number(process.env['SEED'] ?? 1),
  })
  expect(report.faults).toBeGreaterThan(50)
}, 600_000)

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
