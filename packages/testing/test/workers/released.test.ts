import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew, type Member } from './crew.ts'

let crew: Crew
beforeEach(() => void (crew = new Crew()))
afterEach(() => crew.end())

const listed = (member: Member): number[] =>
  Object.keys(member.app.monitor.snapshot().topics['source']!.partitions).map(Number)

test('sensors are told which partitions left, by a rebalance and at the stop, and the monitor forgets them', async () => {
  const one = await crew.start('one')
  await crew.feed(100)
  await crew.until('all is counted', () => crew.counted())
  assert.deepEqual(listed(one), [0, 1])

  const two = await crew.start('two')
  await crew.until('each has one', () => one.live().length === 1 && two.live().length === 1)
  const [left] = two.live()
  const facts = {
    topics: [{ topic: 'source', partition: left! }],
    tables: [{ table: 'counts', partition: left! }],
  }
  assert.deepEqual(one.released, [facts])
  assert.deepEqual(listed(one), one.live())

  await two.stop()
  assert.deepEqual(two.released, [facts])
})
