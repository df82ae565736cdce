import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew } from './crew.ts'

let crew: Crew
beforeEach(() => void (crew = new Crew()))
afterEach(() => crew.end())

test('a new worker gets its partitions when it has their tables, and they go on elsewhere until then', async () => {
  const options = { acceptableRecoveryLag: 20 }
  const one = await crew.start('one', options)
  await crew.feed(600, 200)
  await crew.until('all is counted', () => crew.counted())
  const two = await crew.start('two', options)
  // It has joined, and nothing was taken from the other.
  assert.deepEqual(one.live(), [0, 1])
  await crew.feed(100, 200)
  await crew.until('it has its share', () => two.live().length === 1)
  await crew.until('all is counted', () => crew.counted())
  const tail = two.restores.filter(({ done, total }) => done === total)
  assert.ok(
    tail.every(({ records }) => records <= 20 + 100),
    JSON.stringify(tail),
  )
  assert.deepEqual(two.app.status().standbys, [])
  assert.equal(
    [...(await crew.counts()).values()].reduce((sum, count) => sum + count, 0),
    700,
  )
})

test('what is small moves at once', async () => {
  const one = await crew.start('one')
  await crew.feed(100)
  await crew.until('all is counted', () => crew.counted())
  const two = await crew.start('two')
  await crew.until('each has one', () => one.live().length === 1 && two.live().length === 1)
  assert.deepEqual(two.standbys, [])
})

test('a worker that is gone is replaced by a good copy, and an empty worker takes over when it has caught up', async () => {
  const options = { acceptableRecoveryLag: 20, standbyReplicas: 1 }
  const one = await crew.start('one', options)
  const two = await crew.start('two', options)
  await crew.feed(600, 200)
  await crew.until('all is counted', () => crew.counted())
  await crew.clock.advance(1500)
  await crew.until('copies are at the end', () =>
    [one, two].every(({ app }) => app.status().standbys.length === 1 && app.status().standbys[0]!.lag === 0),
  )
  await two.crash()
  await crew.until('the copy runs', () => one.live().length === 2)
  assert.deepEqual(one.restores, [])
  const three = await crew.start('three', options)
  await crew.until('the new one has its share', () => three.live().length === 1)
  assert.equal(one.live().length, 1)
  await crew.feed(100, 200)
  await crew.until('all is counted', () => crew.counted())
  assert.equal(
    [...(await crew.counts()).values()].reduce((sum, count) => sum + count, 0),
    700,
  )
})
