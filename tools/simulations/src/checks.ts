import assert from 'node:assert/strict'
import type { Outcome } from '@faust/testing'
import type { Counting, Happening, Repartitioning, Windowing } from './programs.ts'

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

/** Counts of the new keys equal a recount, and each was told once, in order and without a gap. */
export async function checkRepartitioned(outcome: Outcome<Repartitioning>): Promise<void> {
  const expected = recount(outcome)
  assert.deepEqual(inOrder(await outcome.table(outcome.program.counts)), inOrder(expected))
  const told = new Map<string, number[]>()
  for (const { key, value } of await outcome.records(outcome.program.told)) {
    told.set(key!, [...(told.get(key!) ?? []), value])
  }
  for (const [key, count] of expected) {
    assert.deepEqual(
      told.get(key),
      Array.from({ length: count }, (_, index) => index + 1),
      `what was told of ${key}`,
    )
  }
}

/** No record was lost on its way: every new key counts at least what came, and the largest count was told. */
export async function checkRepartitionedAtLeastOnce(outcome: Outcome<Repartitioning>): Promise<void> {
  const counts = await outcome.table(outcome.program.counts)
  const largest = new Map<string, number>()
  for (const { key, value } of await outcome.records(outcome.program.told)) {
    largest.set(key!, Math.max(largest.get(key!) ?? 0, value))
  }
  for (const [key, count] of recount(outcome)) {
    assert.ok((counts.get(key) ?? 0) >= count, `${key} counts ${counts.get(key)}, not at least ${count}`)
    assert.ok((largest.get(key) ?? 0) >= count, `of ${key} ${largest.get(key)} was told, not at least ${count}`)
  }
}

function recount(outcome: Outcome<Repartitioning>): Map<string, number> {
  const expected = new Map<string, number>()
  for (const { value } of outcome.inputs) {
    const key = `d${(value as Happening).amount % 10}`
    expected.set(key, (expected.get(key) ?? 0) + 1)
  }
  return expected
}

/** Every window but those of the last inputs was told once, with the sum of its values. */
export async function checkWindowed(outcome: Outcome<Windowing>): Promise<void> {
  const expected = new Map<string, number>()
  for (const { key, timestamp = 0, value } of outcome.inputs) {
    if ((value as Happening).id < 0) continue
    const id = `${String(key)} ${Math.floor(timestamp / 1000) * 1000}`
    expected.set(id, (expected.get(id) ?? 0) + (value as Happening).amount)
  }
  const results = await outcome.records(outcome.program.results)
  const told = results.map(({ key, value }) => [`${key} ${value.window.start}`, value.value] as const)
  assert.equal(new Set(told.map(([id]) => id)).size, told.length, 'a window was told twice')
  assert.deepEqual(inOrder(new Map(told)), inOrder(expected))
}

function inOrder(map: ReadonlyMap<string, number>): readonly (readonly [string, number])[] {
  return [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))
}
