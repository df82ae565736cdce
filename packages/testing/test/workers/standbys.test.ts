import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew, keptStore, type Member } from './crew.ts'

let crew: Crew
beforeEach(() => void (crew = new Crew()))
afterEach(() => crew.end())

/** Everything is committed, and copied. */
async function copied(...members: Member[]): Promise<void> {
  await crew.clock.advance(1500)
  await crew.until('copies are at the end', () => members.every((member) => followed(member)))
}

const followed = (member: Member): boolean => {
  const { standbys } = member.app.status()
  return standbys.length > 0 && standbys.every(({ lag }) => lag === 0)
}

test('each worker follows what the other runs, and nothing of its own', async () => {
  const one = await crew.start('one', { standbyReplicas: 1 })
  const two = await crew.start('two', { standbyReplicas: 1 })
  await crew.feed(200)
  await crew.until('all is counted', () => crew.counted())
  await copied(one, two)
  const [mine] = one.live()
  assert.deepEqual(two.live(), [1 - mine!])
  assert.deepEqual(
    two.app.status().standbys.map(({ table, partition }) => ({ table, partition })),
    [{ table: 'counts', partition: mine! }],
  )
  const { standbys } = two.app.monitor.snapshot().tables['counts']!
  assert.deepEqual(Object.keys(standbys), [String(mine)])
  assert.equal(standbys[String(mine)]!.lag, 0)
})

test('a crash costs the survivor the tail of its copy, not a restore', async () => {
  const one = await crew.start('one', { standbyReplicas: 1 })
  const two = await crew.start('two', { standbyReplicas: 1 })
  await crew.feed(400)
  await crew.until('all is counted', () => crew.counted())
  await copied(one, two)
  const expected = await crew.counts()
  await two.crash()
  await crew.until('the survivor has both', () => one.live().length === 2)
  assert.deepEqual(await crew.counts(), expected)
  assert.deepEqual(one.restores, [])
})

test('a graceful stop hands over at once, and who comes back goes on from what it has kept', async () => {
  const store = keptStore()
  const one = await crew.start('one', { standbyReplicas: 1 })
  const two = await crew.start('two', { standbyReplicas: 1, store })
  await crew.feed(400)
  await crew.until('all is counted', () => crew.counted())
  await copied(one, two)

  const stopped = crew.clock.monotonic()
  await two.stop()
  await crew.until('the other has both', () => one.live().length === 2)
  // The others hear of it with their next heartbeat. Without standbys the place is kept for a session.
  assert.ok(crew.clock.monotonic() - stopped <= 3100, `${crew.clock.monotonic() - stopped} ms`)

  await crew.feed(100)
  await crew.until('all is counted', () => crew.counted())
  const expected = await crew.counts()
  const back = await crew.start('two', { standbyReplicas: 1, store })
  await crew.until('it has its share again', () => back.live().length === 1)
  assert.equal(one.live().length, 1)
  assert.deepEqual(await crew.counts(), expected)
  // What it was sent after its stop is all that it had to read.
  const read = back.restores.reduce((sum, { done, total, records }) => sum + (done === total ? records : 0), 0)
  assert.ok(read <= 60, `${read} records`)
  await crew.until('it follows the other', () => followed(back))
})

test('a worker whose copies nobody has keeps its place', async () => {
  const one = await crew.start('one')
  const two = await crew.start('two', { sessionTimeout: 10_000 })
  await crew.feed(100)
  await crew.until('all is counted', () => crew.counted())
  await two.stop()
  await crew.clock.advance(5000)
  assert.equal(one.live().length, 1)
  await crew.until('its session is over', () => one.live().length === 2)
})

test('positions of copies only move forward, through joins, stops and crashes', async () => {
  crew = new Crew(4)
  const options = { standbyReplicas: 1, commitInterval: 100 }
  const stores = [keptStore(), keptStore(), keptStore()]
  const all: Member[] = []
  const start = async (n: number): Promise<Member> => {
    const member = await crew.start(`w${n}`, { ...options, store: stores[n]! })
    all.push(member)
    return member
  }
  const one = await start(0)
  let two = await start(1)
  await crew.feed(200)
  const three = await start(2)
  await crew.feed(200)
  await two.stop()
  await crew.feed(200)
  two = await start(1)
  await crew.feed(200)
  await three.crash()
  await crew.feed(200)
  await crew.until('all is counted', () => crew.counted())
  await copied(one, two)
  const last = new Map<string, number>()
  for (const { workerId, standbys } of all) {
    for (const { partition, offset } of standbys) {
      const copy = `${workerId} ${partition}`
      assert.ok(offset >= (last.get(copy) ?? 0), copy)
      last.set(copy, offset)
    }
  }
  assert.ok(last.size >= 4)
  assert.deepEqual(
    [...one.live(), ...two.live()].toSorted((a, b) => a - b),
    [0, 1, 2, 3],
  )
})

test('a rolling restart has no gap longer than a rebalance and one commit interval', async () => {
  crew = new Crew(4)
  const options = { standbyReplicas: 1, commitInterval: 1000, heartbeatInterval: 500, sessionTimeout: 30_000 }
  const stores = [keptStore(), keptStore()]
  const all: Member[] = []
  const start = async (n: number): Promise<Member> => {
    const member = await crew.start(`w${n}`, { ...options, store: stores[n]! })
    all.push(member)
    return member
  }
  const members = [await start(0), await start(1)]
  await crew.feed(400, 40)
  await crew.until('all is counted', () => crew.counted())
  await copied(...members)
  /** Feeds one record to each key every 100 ms while something goes on. */
  const feeding = async (during: () => Promise<unknown>): Promise<void> => {
    await crew.feed(40, 40)
    await during()
    for (let step = 0; step < 100; step++) {
      await crew.clock.advance(100)
      await crew.feed(40, 40)
    }
  }
  for (const n of [0, 1]) {
    await feeding(() => members[n]!.stop())
    await feeding(async () => {
      members[n] = await start(n)
    })
  }
  await crew.until('all is counted', () => crew.counted())

  const gaps = new Map<string, number>()
  const moments = all.flatMap(({ handled }) => handled).toSorted((a, b) => a.at - b.at)
  const last = new Map<string, number>()
  for (const { key, at } of moments) {
    gaps.set(key, Math.max(gaps.get(key) ?? 0, at - (last.get(key) ?? at)))
    last.set(key, at)
  }
  // A rebalance: others hear of it with their next heartbeat, give up, and join once more. No session is waited for.
  const rebalance = 3 * options.heartbeatInterval
  assert.ok(Math.max(...gaps.values()) <= rebalance + options.commitInterval + 100, `${Math.max(...gaps.values())} ms`)
  // Nothing was read from the beginning: each move cost the tail.
  for (const { restores } of all.slice(2)) {
    assert.ok(
      restores.every(({ records }) => records <= 400),
      JSON.stringify(restores.at(-1)),
    )
  }
})
