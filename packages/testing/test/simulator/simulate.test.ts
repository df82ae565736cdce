import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { simulate } from '../../src/index.ts'
import { FAULT_KINDS } from '../../src/simulator/faults.ts'
import { type Counting, counting, type Happening } from './programs.ts'

test('at-least-once loses no record, whatever happens', async () => {
  const report = await simulate({
    app: (clock) => counting(clock),
    input: ({ input }, random) =>
      Array.from({ length: 120 }, (_, id) => ({
        topic: input,
        key: `k${random.int(10)}`,
        value: { id, amount: random.int(1000) },
      })),
    session: 1500,
    faults: FAULT_KINDS.filter((kind) => !['pause', 'late request', 'disconnect', 'outage'].includes(kind)),
    seeds: Number(process.env['SEEDS'] ?? 100),
    seed: Number(process.env['SEED'] ?? 1),
    check: async (outcome) => {
      const { program } = outcome
      const table = outcome.table.bind(outcome)
      const values = outcome.inputs as readonly { key: string; value: Happening }[]
      const recount = new Map<string, number>()
      for (const { key } of values) recount.set(key, (recount.get(key) ?? 0) + 1)
      const { counts, ids, most } = program as Counting
      const [seenCounts, seenIds, seenMost] = [await table(counts), await table(ids), await table(most)]
      for (const [key, count] of recount) {
        assert.ok(seenCounts.get(key)! >= count, `${key} counts ${seenCounts.get(key)}, not at least ${count}`)
        const own = values.filter((one) => one.key === key)
        assert.deepEqual(seenIds.get(key)!.toSorted((a, b) => a - b), own.map(({ value }) => value.id).toSorted((a, b) => a - b))
        assert.equal(seenMost.get(key), Math.max(...own.map(({ value }) => value.amount)))
      }
    },
  })
  expect(report.seeds).toBeGreaterThan(0)
  console.log(report)
})
