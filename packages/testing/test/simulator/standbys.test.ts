import { expect, test } from 'vitest'
import { simulate } from '../../src/index.ts'
import { FAULT_KINDS } from '../../src/simulator/faults.ts'
import { checkAtLeastOnce } from './checks.ts'
import { counting } from './programs.ts'

/** A worker whose request is in the log's hands while its session ends may write over its successor's entries. */
const BEHIND_THE_HOLE = new Set(['pause', 'late request', 'disconnect', 'outage'])

test.each([
  ['copies', { standbyReplicas: 1 }],
  ['copies that have to be complete', { standbyReplicas: 1, acceptableRecoveryLag: 0 }],
  ['no copies, but warm-ups', { acceptableRecoveryLag: 0 }],
])('with %s no record is lost', async (_, settings) => {
  const report = await simulate({
    app: (clock) => counting(clock, settings),
    input: ({ input }, random) =>
      Array.from({ length: 60 }, (_, id) => ({
        topic: input,
        key: `k${random.int(10)}`,
        value: { id, amount: random.int(1000) },
      })),
    workers: 3,
    duration: 8000,
    session: 1500,
    faults: FAULT_KINDS.filter((kind) => !BEHIND_THE_HOLE.has(kind)),
    check: checkAtLeastOnce,
    seeds: 10,
  })
  expect(report).toMatchObject({ seeds: 10 })
})
