import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew } from './crew.ts'

let crew: Crew
beforeEach(() => void (crew = new Crew(4)))
afterEach(() => crew.end())

test('an iteration goes on without the shards that leave meanwhile', async () => {
  const one = await crew.start('one')
  await crew.feed(200, 40)
  await crew.until('all is counted', () => crew.counted())
  const before = await crew.counts()
  const iterator = one.table.entries()[Symbol.asyncIterator]()
  const found = new Map([(await iterator.next()).value as [string, number]])

  await crew.start('two')
  await crew.until('half of the partitions have left', () => one.live().length === 2)
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) found.set(...next.value)
  for (const [key, count] of found) assert.equal(count, before.get(key))
  const here: string[] = []
  for await (const key of one.table.keys()) here.push(key)
  assert.ok(here.length > 0 && here.every((key) => found.has(key)))
})
