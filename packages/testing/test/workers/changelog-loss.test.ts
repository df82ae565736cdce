import assert from 'node:assert/strict'
import { embeddedTransport, isFaustError, silentLogger } from '@faust/core'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew, keptStore, type MemberOptions } from './crew.ts'

let crew: Crew
beforeEach(() => void (crew = new Crew(1)))
afterEach(() => crew.end())

const CHANGELOG = 'crew-counts-changelog'
const rebuild: MemberOptions = { table: { changelogLoss: 'rebuild' } }

/** One run that counts 100 records, and stops. */
async function firstRun(store = keptStore()): Promise<ReturnType<typeof keptStore>> {
  const one = await crew.start('one', { store })
  await crew.feed(100)
  await crew.until('all is counted', () => crew.counted())
  await one.stop()
  return store
}

async function atTheLog(
  work: (admin: ReturnType<typeof embeddedTransport>['admin']) => Promise<unknown>,
): Promise<void> {
  const transport = embeddedTransport({ log: crew.log })
  await transport.start({ app: 'operator', clock: crew.clock, logger: silentLogger })
  await crew.clock.run(() => work(transport.admin))
}

const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((all, count) => all + count, 0)

test('a changelog that was deleted and made again is an error that says so, until somebody decides', async () => {
  const store = await firstRun()
  await atTheLog((admin) => admin.deleteTopics([CHANGELOG]))
  for (let run = 0; run < 2; run++) {
    await assert.rejects(crew.start('one', { store }), (error) => {
      assert.ok(isFaustError(error, 'FAUST_CHANGELOG_LOST'))
      assert.match(error.message, /was deleted and made again.*changelogLoss: 'rebuild'/s)
      return true
    })
  }
  await crew.start('one', { store, ...rebuild })
  assert.equal(sum(await crew.counts()), 0)
  await crew.feed(10)
  await crew.until('it goes on', async () => sum(await crew.counts()) === 10)
})

test('a log that ends before what the store has is an error that says what is missing', async () => {
  const store = await firstRun()
  const shard = await store.open('counts', 0, { mode: 'active', epoch: 99 })
  const position = shard.position!
  await shard.write({ entries: [], position: { ...position, offset: position.offset + 7 } })
  await shard.close()
  await assert.rejects(crew.start('one', { store }), (error) => {
    assert.ok(isFaustError(error, 'FAUST_CHANGELOG_LOST'))
    assert.match(error.message, /it has lost 7 records that the store has/)
    return true
  })
  await crew.start('one', { store, ...rebuild })
  assert.equal(sum(await crew.counts()), 100)
})

test('a log whose beginning was deleted is an error for whoever needs it, and for nobody else', async () => {
  const store = await firstRun()
  await atTheLog(async (admin) => {
    const [bounds] = await admin.offsets([{ topic: CHANGELOG, partition: 0 }])
    await admin.deleteRecords([{ topic: CHANGELOG, partition: 0, offset: bounds!.logEnd - 2 }])
  })
  const one = await crew.start('one', { store })
  assert.equal(sum(await crew.counts()), 100)
  await one.stop()
  await assert.rejects(crew.start('one', { store: keptStore() }), (error) => {
    assert.ok(isFaustError(error, 'FAUST_CHANGELOG_LOST'))
    assert.match(error.message, /begins at offset \d+: what the store lacks before it \(\d+ records\)/)
    return true
  })
  const two = await crew.start('one', { store: keptStore(), ...rebuild })
  assert.equal(two.restores.at(-1)?.records, 2)
})

test('a worker without its local state reads the whole changelog again', async () => {
  await firstRun()
  const one = await crew.start('one', { store: keptStore() })
  assert.equal(sum(await crew.counts()), 100)
  const last = one.restores.at(-1)!
  assert.equal(last.done, last.total)
})

test('a store that is older than the tombstones of its changelog is rebuilt, without an error', async () => {
  const store = await firstRun()
  const one = await crew.start('two', {})
  await crew.feed(20)
  await crew.until('all is counted', () => crew.counted())
  await one.stop()
  await crew.clock.advance(13 * 3_600_000)
  const back = await crew.start('one', { store })
  assert.equal(sum(await crew.counts()), 120)
  const last = back.restores.at(-1)!
  assert.ok(last.total > 20, 'it was read from the beginning')
})

test('a source with another number of partitions than the changelog is refused with both numbers', async () => {
  await firstRun()
  await atTheLog(async (admin) => {
    await admin.deleteTopics(['source'])
    await admin.declareTopics([{ name: 'source', partitions: 3 }])
  })
  crew = Object.assign(new Crew(3), { log: crew.log, clock: crew.clock })
  await assert.rejects(crew.start('one'), (error) => {
    assert.ok(isFaustError(error, 'FAUST_TOPIC_DIFFERS'))
    assert.match(error.message, /crew-counts-changelog has 1 partition, but 3/)
    return true
  })
})
