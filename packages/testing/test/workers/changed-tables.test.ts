import assert from 'node:assert/strict'
import { embeddedTransport, isFaustError, type SnapshotTarget, silentLogger, type Transport } from '@faust/core'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew, keptStore, type MemberOptions } from './crew.ts'

let crew: Crew
beforeEach(() => void (crew = new Crew()))
afterEach(() => crew.end())

/** Another release of the program, which keeps its table in another way. */
const changed: MemberOptions = { table: { ttl: 1_000_000_000 } }

const refuses = (options: MemberOptions): Promise<void> =>
  assert.rejects(crew.start('another', options), (error) => isFaustError(error, 'FAUST_TABLE_CHANGED'))

async function counted(records: number): Promise<void> {
  await crew.feed(records)
  await crew.until('all is counted', () => crew.counted())
}

/** One run that counts 100 records, and stops. */
async function firstRun(options: MemberOptions = {}): Promise<void> {
  const one = await crew.start('one', options)
  await counted(100)
  await one.stop({ leave: true })
}

test('a worker of a release that would misread a table does not join, and the others go on', async () => {
  const one = await crew.start('one', { standbyReplicas: 1 })
  await counted(100)
  await crew.clock.advance(1500)
  await refuses({ ...changed, standbyReplicas: 1 })
  await counted(100)
  assert.deepEqual([one.live(), one.released], [[0, 1], []])
})

test('two releases that began on nothing at once: none takes over what the other has filled', async () => {
  const one = await crew.start('one')
  const two = await crew.start('two', changed)
  await crew.until('each has a partition', () => one.live().length === 1 && two.live().length === 1)
  await counted(100)
  await crew.clock.advance(1500)
  const mine = one.live()
  await two.stop({ leave: true })
  await assert.rejects(
    crew.until('the other has both', () => one.live().length === 2),
    (error) => isFaustError(error, 'FAUST_TABLE_CHANGED') && error.details['partition'] === 1 - mine[0]!,
  )
})

test('a store from before is not opened, nor is a snapshot taken for what it is not', async () => {
  const store = keptStore()
  const asked: string[] = []
  const snapshots: SnapshotTarget = {
    write: async (name, chunks) => {
      for await (const _ of chunks);
      asked.push(`write ${name}`)
    },
    async *read(name) {
      yield new Uint8Array(asked.push(`read ${name}`))
    },
    list: async (prefix) => {
      asked.push(`list ${prefix}`)
      return []
    },
  }
  await firstRun({ store, table: { snapshots } })
  const before = await store.list()
  asked.length = 0
  await refuses({ store, table: { ...changed.table, snapshots } })
  assert.deepEqual(asked, [])
  assert.deepEqual(await store.list(), before)
})

/** The log for a release that committed no more than stream time. */
function without(transport: Transport): Transport {
  const make = transport.groupConsumer.bind(transport)
  return Object.assign(transport, {
    groupConsumer: (options: Parameters<typeof make>[0]) => {
      const consumer = make(options)
      const commit = consumer.commit.bind(consumer)
      return Object.assign(consumer, {
        commit: (offsets: Parameters<typeof commit>[0]) =>
          commit(offsets.map((one) => ({ ...one, metadata: one.metadata?.replace(/ ?\{.*/, '') }))),
      })
    },
  })
}

test('what was filled before forms were kept is taken as it is declared, and kept so from the next commit on', async () => {
  const store = keptStore()
  await firstRun({ store, transport: without(embeddedTransport({ log: crew.log })) })
  const two = await crew.start('two', { store })
  assert.equal(await crew.counted(), true)
  await counted(100)
  await two.stop({ leave: true })
  await refuses(changed)
})

test('a changelog that was deleted takes any table: its shards begin empty', async () => {
  const store = keptStore()
  await firstRun({ store })
  const operator = embeddedTransport({ log: crew.log })
  await operator.start({ app: 'operator', clock: crew.clock, logger: silentLogger })
  await crew.clock.run(() => operator.admin.deleteTopics(['crew-counts-changelog']))
  await crew.start('one', { store, table: { ...changed.table, changelogLoss: 'rebuild' } })
  assert.deepEqual(await crew.counts(), new Map())
  await crew.feed(10)
  await crew.until('it goes on', async () => (await crew.counts()).size === 10)
})
