import assert from 'node:assert/strict'
import { idOf } from './disk.ts'
import type { Outcome, RawRecord } from './outcome.ts'
import type { World } from './world.ts'

/** What must hold after a run of whatever app. Throws when it does not. */
export async function checkInvariants(world: World, outcome: Outcome): Promise<void> {
  const changelogs = new Map<string, readonly RawRecord[]>()
  for (const { name } of world.log.describeTopics()) {
    if (name.endsWith('-changelog')) changelogs.set(name, await outcome.raw(name))
  }
  for (const worker of world.workers) {
    for (const { items, partition, position, table } of worker.disk.shards.values()) {
      if (position === null) continue
      const changelog = [...changelogs].find(([name]) => name.endsWith(`-${table}-changelog`))
      if (changelog === undefined) continue
      const expected = new Map<string, string>()
      for (const record of changelog[1]) {
        if (record.partition !== partition || record.offset > position.offset) continue
        if (record.value === null) expected.delete(idOf(record.key!))
        else expected.set(idOf(record.key!), idOf(record.value))
      }
      const actual = new Map([...items].map(([id, { value }]) => [id, idOf(value)]))
      assert.deepEqual(
        inOrder(actual),
        inOrder(expected),
        `The disk of ${worker.name} holds another state of ${table}/${partition} than its changelog up to ${position.offset}`,
      )
    }
  }
}

function inOrder(items: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  return Object.fromEntries([...items].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
