import assert from 'node:assert/strict'
import type { Outcome } from '../../src/index.ts'
import type { Counting, Happening } from './programs.ts'

/** What came in for each key. */
function happenings(outcome: Outcome<Counting>): Map<string, Happening[]> {
  const found = new Map<string, Happening[]>()
  for (const { key, value } of outcome.inputs as readonly { key: string; value: Happening }[]) {
    found.set(key, [...(found.get(key) ?? []), value])
  }
  return found
}

const ascending = (a: number, b: number): number => a - b

/** Idempotent tables equal a recount, and no count is below it. */
export async function checkAtLeastOnce(outcome: Outcome<Counting>): Promise<void> {
  const { counts, ids, most } = outcome.program
  const tables = { counts: await outcome.table(counts), ids: await outcome.table(ids), most: await outcome.table(most) }
  for (const [key, values] of happenings(outcome)) {
    const seen = tables.ids.get(key) ?? []
    assert.deepEqual(seen.toSorted(ascending), values.map(({ id }) => id).toSorted(ascending), `the ids of ${key}`)
    assert.equal(tables.most.get(key), Math.max(...values.map(({ amount }) => amount)), `the maximum of ${key}`)
    const count = tables.counts.get(key)!
    assert.ok(count >= values.length, `${key} counts ${count}, not at least ${values.length}`)
  }
}

/** Every table equals a recount. */
export async function checkExactlyOnce(outcome: Outcome<Counting>): Promise<void> {
  await checkAtLeastOnce(outcome)
  const counts = await outcome.table(outcome.program.counts)
  for (const [key, values] of happenings(outcome)) assert.equal(counts.get(key), values.length, `the count of ${key}`)
}
