import assert from 'node:assert/strict'
import type { Store } from '@faust/core'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew, keptStore } from './crew.ts'

const MINUTE = 60_000
let crew: Crew
beforeEach(() => void (crew = new Crew()))
afterEach(() => crew.end())

/** The shards in a store, as `table/partition`. */
async function shardsOf(store: Store): Promise<string[]> {
  return (await store.list()).map(({ table, partition }) => `${table}/${partition}`).toSorted()
}

async function wait(minutes: number): Promise<void> {
  // In steps: heartbeats and polls happen in between.
  for (let second = 0; second < minutes * 60; second++) await crew.clock.advance(1000)
}

test('a copy of what went to another worker is kept for ten minutes and then removed, and what runs here stays', async () => {
  const store = keptStore()
  const one = await crew.start('one', { store })
  await crew.feed(200)
  await crew.until('all is counted', () => crew.counted())
  const two = await crew.start('two')
  await crew.until('each has one', () => one.live().length === 1 && two.live().length === 1)
  const here = `counts/${one.live()[0]}`

  await wait(9)
  assert.deepEqual(await shardsOf(store), ['counts/0', 'counts/1'])
  await wait(3)
  assert.deepEqual(await shardsOf(store), [here])
  const expected = await crew.counts()
  await two.stop({ leave: true })
  await crew.until('the first has both again, restored', () => one.live().length === 2)
  assert.deepEqual(await crew.counts(), expected)
})

test('copies that standbys keep are not removed', async () => {
  const stores = [keptStore(), keptStore()]
  const options = { standbyReplicas: 1, copyRetention: MINUTE }
  const one = await crew.start('one', { ...options, store: stores[0]! })
  const two = await crew.start('two', { ...options, store: stores[1]! })
  await crew.feed(200)
  await crew.until('all is counted', () => crew.counted())
  await crew.until('each copies the other', () => [one, two].every(({ app }) => app.status().standbys.length === 1))
  await wait(5)
  for (const store of stores) assert.deepEqual(await shardsOf(store), ['counts/0', 'counts/1'])
})

test('a worker that was away for longer than copies are kept goes on with what it has', async () => {
  const store = keptStore()
  const first = await crew.start('one', { store, copyRetention: MINUTE })
  await crew.feed(200)
  await crew.until('all is counted', () => crew.counted())
  await first.stop()
  await crew.clock.advance(5 * MINUTE)
  const back = await crew.start('one', { store, copyRetention: MINUTE })
  await crew.until('it has both again', () => back.live().length === 2)
  assert.deepEqual(back.restores, [])
  await wait(3)
  assert.deepEqual(await shardsOf(store), ['counts/0', 'counts/1'])
})

test('a table that the program no longer has goes, and a shared store loses nothing', async () => {
  for (const shared of [false, true]) {
    const crewOfOne = new Crew()
    crew = crewOfOne
    const kept = keptStore()
    const store = Object.assign(kept, { supports: { ...kept.supports, shared } })
    await store.start({ app: 'crew', clock: crew.clock, logger: console as never })
    const old = await store.open('formerly', 0, { mode: 'active', epoch: 1 })
    await old.write({ entries: [], position: { log: 'gone', offset: 3, time: 0, note: '' } })
    await old.close()
    await crew.start('one', { store, copyRetention: MINUTE })
    await wait(3)
    assert.deepEqual(
      (await shardsOf(store)).filter((shard) => shard.startsWith('formerly')),
      shared ? ['formerly/0'] : [],
    )
    await crew.end()
  }
})
