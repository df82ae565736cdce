import { describe, expect, test } from 'vitest'
import type { Retreat } from '../src/copies.ts'
import type { Evidence } from '../src/evidence.ts'
import type { Windowed } from '@faust/core'
import { amountOf, GRACE, groupOf, type Guarantee, keyOf, WINDOW } from '../src/program.ts'
import type { ReadBack } from '../src/read-topic.ts'
import type { Restore } from '../src/restores.ts'
import { verify } from '../src/verify/verify.ts'

const SENT = 12

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (readonly (infer R)[])[] ? R[][] : T[K] }
interface Draft extends Mutable<Omit<Evidence, 'changelogs' | 'written' | 'snapshots' | 'restores' | 'retreats'>> {
  readonly changelogs: Record<keyof Evidence['changelogs'], ReadBack[][]>
  snapshots: { committed: number[]; outputEnds: number[]; idsEnds: number[] }[]
  restores: Restore[]
  retreats: Retreat[]
  readonly written: Evidence['written']
}

/** Each record in a window of its own; the last one closes those of all others. */
const timeOf = (id: number): number => (id + (id === SENT - 1 ? Math.ceil(GRACE / WINDOW) : 0)) * WINDOW

/** A sound run in one partition: record after record handled, written and committed, with a look after each. */
function soundRun(): Draft {
  const ids = Array.from({ length: SENT }, (_, id) => id)
  const each = (entry: (id: number) => { key: string; value: unknown }): ReadBack[][] => [
    ids.map((id) => ({ offset: id, timestamp: timeOf(id), ...entry(id) })),
  ]
  const upTo = (id: number, name: (id: number) => string): number[] =>
    ids.filter((other) => other <= id && name(other) === name(id))
  return {
    sent: SENT,
    input: each((id) => ({ key: keyOf(id), value: { id, amount: amountOf(id) } })),
    output: each((id) => ({ key: keyOf(id), value: { id, by: 1 } })),
    changelogs: {
      counts: each((id) => ({ key: keyOf(id), value: upTo(id, keyOf).length })),
      most: each((id) => ({ key: keyOf(id), value: Math.max(...upTo(id, keyOf).map(amountOf)) })),
      ids: each((id) => ({ key: keyOf(id), value: upTo(id, keyOf) })),
      grouped: each((id) => ({ key: groupOf(id), value: upTo(id, groupOf) })),
    },
    written: { ids: [[1000, 1100, 1200, 1300].map((timestamp, offset) => ({ offset, timestamp, key: '', value: 0 }))] },
    retreats: [],
    restores: [{ ...RESTORE, since: undefined, records: 4 }, RESTORE],
    finals: [ids.slice(0, -1).map((id) => finalOf(id, 1))],
    snapshots: ids.map((id) => ({ committed: [id + 1], outputEnds: [id + 1], idsEnds: [id + 1] })),
  }
}

/** What came after the worker's last commit is read when it starts again. */
const RESTORE: Restore = {
  worker: 1,
  start: 2,
  starting: true,
  table: 'ids',
  partition: 0,
  records: 2,
  since: 1150,
  copied: 0,
}
const TAILS = { shards: 1, read: 2, whole: 4 }

/** A final result of the window of record `id`. */
function finalOf(id: number, count: number): ReadBack {
  const value: Windowed<number> = { window: { start: timeOf(id), end: timeOf(id) + WINDOW }, value: count }
  return { offset: id, timestamp: timeOf(id), key: groupOf(id), value }
}

/** What is found after something was spoiled. */
function spoiled(spoil: (run: Draft) => void, guarantee: Guarantee = 'at-least-once'): string {
  const run = soundRun()
  spoil(run)
  return verify(run, guarantee).findings.join('\n')
}

/** Record `id` is handled once more at the end. */
function repeat(run: Draft, id: number): void {
  run.output[0]!.push({ offset: SENT, timestamp: 0, key: keyOf(id), value: { id, by: 2 } })
}

test.each(['at-least-once', 'exactly-once'] as const)('a sound run is sound, %s', (guarantee) => {
  expect(verify(soundRun(), guarantee)).toEqual({ findings: [], repeated: 0, excess: 0, tails: TAILS })
})

test('what a copy lacked when its partition came to it is counted, also in a first process', () => {
  const run = soundRun()
  run.restores.push({ ...RESTORE, start: 1, starting: false, since: undefined, records: 1, copied: 3 })
  expect(verify(run, 'at-least-once').tails).toEqual({ shards: 2, read: 3, whole: 8 })
})

test('a repetition is allowed at least once, and a count may have seen it', () => {
  const run = soundRun()
  repeat(run, 3)
  run.changelogs.counts[0]!.push({ offset: SENT, timestamp: 0, key: keyOf(3), value: 2 })
  expect(verify(run, 'at-least-once')).toEqual({ findings: [], repeated: 1, excess: 1, tails: TAILS })
  expect(verify(run, 'exactly-once').findings).toEqual([
    'record 3 has 2 outputs',
    'count of key-3 is 2, should be 1 to 1',
  ])
})

test('results of a window may be repeated at least once, and count repetitions', () => {
  const run = soundRun()
  run.finals[0]!.push(finalOf(3, 2))
  expect(verify(run, 'at-least-once').findings).toEqual([])
  expect(verify(run, 'exactly-once').findings).toEqual([
    `window ${groupOf(3)} from ${3 * WINDOW} has 2 records, should be 1`,
    `window ${groupOf(3)} from ${3 * WINDOW} has 2 results`,
  ])
})

describe('found is', () => {
  test.each<[string, string, (run: Draft) => void]>([
    ['an acknowledged record that is not there', 'was acknowledged', (run) => run.input[0]!.splice(4, 1)],
    [
      'a record that is there twice',
      'is there twice',
      (run) => run.input[0]!.push({ ...run.input[0]![4]!, offset: 99 }),
    ],
    [
      'records in another order',
      'record 4 follows 5',
      (run) => run.input[0]!.splice(4, 2, run.input[0]![5]!, run.input[0]![4]!),
    ],
    ['a record without output', 'record 7 (key-7) has no output', (run) => run.output[0]!.splice(7, 1)],
    ['a count too low', 'count of key-2 is 0', (run) => run.changelogs.counts[0]!.splice(2, 1)],
    [
      'a count above its repetitions',
      'count of key-2 is 3, should be 1 to 1',
      (run) => run.changelogs.counts[0]!.push({ offset: 99, timestamp: 0, key: 'key-2', value: 3 }),
    ],
    [
      'a lost maximum',
      'most of key-5 is 1',
      (run) => run.changelogs.most[0]!.push({ offset: 99, timestamp: 0, key: 'key-5', value: 1 }),
    ],
    [
      'a lost id',
      'ids of key-6 lacks 6',
      (run) => run.changelogs.ids[0]!.push({ offset: 99, timestamp: 0, key: 'key-6', value: [] }),
    ],
    [
      'an id of another key',
      'ids of key-6 has ids of another key',
      (run) => run.changelogs.ids[0]!.push({ offset: 99, timestamp: 0, key: 'key-6', value: [6, 7] }),
    ],
    [
      'an id in a list twice',
      'ids of key-6 has an id twice',
      (run) => run.changelogs.ids[0]!.push({ offset: 99, timestamp: 0, key: 'key-6', value: [6, 6] }),
    ],
    [
      'a deleted entry',
      'ids of key-6 lacks 6',
      (run) => run.changelogs.ids[0]!.push({ offset: 99, timestamp: 0, key: 'key-6', value: undefined }),
    ],
    [
      'a loss behind the repartition',
      `grouped of ${groupOf(8)} lacks 8`,
      (run) => run.changelogs.grouped[0]!.splice(8, 1),
    ],
    [
      'an offset beyond the output',
      'record 6 (0:6) was committed before its output',
      (run) => void (run.snapshots[6]!.outputEnds = [6]),
    ],
    [
      'an offset beyond the table',
      'record 6 (0:6) was committed before its table entry',
      (run) => void (run.snapshots[6]!.idsEnds = [6]),
    ],
    [
      'a window without a result',
      `window ${groupOf(3)} from ${3 * WINDOW} has no result`,
      (run) => run.finals[0]!.splice(3, 1),
    ],
    [
      'a window that lacks a record',
      `window ${groupOf(3)} from ${3 * WINDOW} has 0 records, should be 1`,
      (run) => void (run.finals[0]![3] = finalOf(3, 0)),
    ],
    ['a result of an open window', 'has a result, and is open', (run) => run.finals[0]!.push(finalOf(SENT - 1, 1))],
    [
      'a result of a window without records',
      'has a result, and no record',
      (run) => run.finals[0]!.push({ ...finalOf(3, 1), key: 'nobody' }),
    ],
    [
      'a copy that is restored with more than it lacked',
      'read 2 of 4 records of ids 0 in its process 2, where 1 came since its last commit and behind its copy',
      (run) => run.restores.push({ ...RESTORE, copied: 3 }),
    ],
    [
      'a copy that goes back',
      'the copy of ids 0 on worker 2 went back from 7 to 3',
      (run) => run.retreats.push({ worker: 2, table: 'ids', partition: 0, from: 7, to: 3 }),
    ],
    [
      'a shard that is restored with more than its tail',
      'worker 1 read 3 of 4 records of ids 0 in its process 2, where 2 came since its last commit',
      (run) => run.restores.push({ ...RESTORE, records: 3 }),
    ],
    ['a commit that goes back', 'partition 0 went back from 7 to 3', (run) => void (run.snapshots[7]!.committed = [3])],
  ])('%s', (_what, finding, spoil) => {
    expect(spoiled(spoil)).toContain(finding)
  })

  test('a thousand of a kind, told as a few', () => {
    const lines = spoiled((run) => void (run.sent = 1000)).split('\n')
    expect(lines.length).toBeLessThan(60)
    expect(lines).toContain('… and 983 more like it')
  })
})
