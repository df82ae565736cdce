import assert from 'node:assert/strict'
import { embeddedTransport, silentLogger, type EmbeddedTransport } from '@faust/core'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew, keptStore } from './crew.ts'

let crew: Crew
beforeEach(() => void (crew = new Crew(1)))
afterEach(() => crew.end())

const CHANGELOG = 'crew-counts-changelog'
const KEYS = 20

async function outside(): Promise<EmbeddedTransport> {
  const transport = embeddedTransport({ log: crew.log })
  await transport.start({ app: 'outside', clock: crew.clock, logger: silentLogger })
  return transport
}

/** A run that counts, and ends; then every key is deleted from the changelog. */
async function deleted(store = keptStore()): Promise<void> {
  const one = await crew.start('one', { store })
  await crew.feed(100, KEYS)
  await crew.until('all is counted', () => crew.counted())
  await one.stop({ leave: true })
  const producer = (await outside()).producer()
  await crew.clock.run(async () => {
    await producer.init()
    const keys = Array.from({ length: KEYS }, (_, n) => new TextEncoder().encode(`k${n}`))
    await producer.send(
      CHANGELOG,
      0,
      keys.map((key) => ({ key, value: null })),
    )
  })
}

/** Compacts until nothing of the tombstones is left. */
async function compactAway(): Promise<void> {
  crew.log.compact(CHANGELOG)
  await crew.clock.advance(25 * 3_600_000)
  crew.log.compact(CHANGELOG)
}

test('a log of which compaction has left nothing at its end is restored to its end, and not read twice', async () => {
  const store = keptStore()
  await deleted()
  await compactAway()
  const two = await crew.start('two', { store })
  assert.deepEqual(await crew.counts(), new Map())
  const last = two.restores.at(-1)!
  assert.equal(last.records, 0)
  assert.equal(last.done, last.total)
  await two.stop({ leave: true })
  const again = await crew.start('two', { store })
  assert.deepEqual(again.restores, [])
})

test('a standby gets to the end of such a log too', async () => {
  await deleted()
  await compactAway()
  await crew.start('two', { standbyReplicas: 1 })
  const three = await crew.start('three', { standbyReplicas: 1 })
  await crew.until('it is at the end', () => three.app.status().standbys[0]?.lag === 0)
})

test('control records and an aborted transaction at the end hold up nothing', async () => {
  await deleted()
  const producer = (await outside()).producer({ transactionalId: 'other' })
  await crew.clock.run(async () => {
    await producer.init()
    producer.beginTransaction()
    await producer.send(CHANGELOG, 0, [{ key: new TextEncoder().encode('k1'), value: new TextEncoder().encode('7') }])
    await producer.abortTransaction()
  })
  const two = await crew.start('two')
  assert.deepEqual(await crew.counts(), new Map())
  const last = two.restores.at(-1)!
  assert.equal(last.done, last.total)
})

test('a worker that waits for an open transaction of a changelog can be stopped', async () => {
  crew = new Crew(2)
  const one = await crew.start('one')
  const two = await crew.start('two')
  await crew.until('each has a partition', () => one.live().length === 1 && two.live().length === 1)
  const [partition] = one.live()
  const producer = (await outside()).producer({ transactionalId: 'other' })
  await crew.clock.run(async () => {
    await producer.init()
    producer.beginTransaction()
    const record = { key: new TextEncoder().encode('k1'), value: new TextEncoder().encode('7') }
    await producer.send(CHANGELOG, partition!, [record])
  })
  await one.stop({ leave: true })
  await crew.until('the other has it', () => two.app.status().partitions.length === 2)
  await crew.clock.advance(500)
  assert.ok(!two.live().includes(partition!))
  const begun = crew.clock.monotonic()
  await two.stop({ leave: true })
  assert.ok(crew.clock.monotonic() - begun < 1000)
  await crew.clock.run(() => producer.abortTransaction())
})

test('records that are deleted from a log while it is read are gone on behind', async () => {
  const changelog = { config: { 'cleanup.policy': 'compact,delete' } }
  const one = await crew.start('one', { table: changelog })
  await one.stop({ leave: true })
  const transport = await outside()
  const { admin } = transport
  const producer = transport.producer()
  await crew.clock.run(async () => {
    await producer.init()
    const value = new TextEncoder().encode('1')
    for (let batch = 0; batch < 30; batch++) {
      const keys = Array.from({ length: 1000 }, (_, n) => new TextEncoder().encode(`k${batch}-${n}`))
      await producer.send(
        CHANGELOG,
        0,
        keys.map((key) => ({ key, value })),
      )
    }
  })
  let cut = false
  const store = keptStore()
  const open = store.open.bind(store)
  store.open = async (...how) => {
    const shard = await open(...how)
    const write = shard.write.bind(shard)
    return Object.assign(shard, {
      write: async (batch: Parameters<typeof write>[0]) => {
        await write(batch)
        const [bounds] = await admin.offsets([{ topic: CHANGELOG, partition: 0 }])
        if (!cut) await admin.deleteRecords([{ topic: CHANGELOG, partition: 0, offset: bounds!.logEnd - 1 }])
        cut = true
      },
    })
  }
  const two = await crew.start('two', { store, table: changelog })
  // What could still be read after the cut is one record.
  assert.equal(two.restores.at(-1)!.total, 1)
  const [info] = await store.list()
  const [bounds] = await admin.offsets([{ topic: CHANGELOG, partition: 0 }])
  assert.equal(info!.position!.offset, bounds!.logEnd - 1)
})

test('partitions that are restored wait for a place, and all get one', async () => {
  crew = new Crew(8)
  const one = await crew.start('one')
  await crew.feed(400, 100)
  await crew.until('all is counted', () => crew.counted())
  const counts = await crew.counts()
  await one.stop({ leave: true })
  const two = await crew.start('two', { restoreConcurrency: 2 })
  assert.deepEqual(await crew.counts(), counts)
  const partitions = new Set(two.restores.map(({ partition }) => partition))
  assert.equal(partitions.size, 8)
})
