import { expect, test } from 'vitest'
import { LocalShards } from '../../../src/processing/standby/local-shards.ts'
import { removeUnaskedCopies } from '../../../src/processing/standby/unasked-copies.ts'
import type { Topology } from '../../../src/processing/topology.ts'
import { silentLogger } from '../../../src/service/console-logger.ts'
import { embeddedStore } from '../../../src/store/embedded/embedded-store.ts'
import { manualClock } from '../../transport/embedded/support/manual-clock.ts'

const MINUTE = 60_000
const group = { id: 'source', topics: ['source'], tables: ['counts'], partitions: 4 }

/** A worker with copies of three partitions of `counts` and of a global table. */
async function worker() {
  const clock = manualClock()
  const store = embeddedStore()
  await store.start({ app: 'app', clock, logger: silentLogger })
  const copies: [string, number][] = [
    ['counts', 0],
    ['counts', 1],
    ['counts', 2],
    ['everywhere', 0],
  ]
  for (const [table, partition] of copies) {
    const shard = await store.open(table, partition, { mode: 'active', epoch: 1 })
    await shard.write({ entries: [], position: { log: 'log', offset: 1, time: 0, note: '' } })
    await shard.close()
  }
  const topology = {
    groups: [group],
    tables: new Map([['counts', { name: 'counts', changelog: 'changelog' }]]),
    topics: new Map([['changelog', { id: 'log' }]]),
    globals: new Map([['everywhere', {}]]),
  } as unknown as Topology
  const shards = new LocalShards(store, topology)
  await shards.load()
  const tasks = { rebalancing: false, member: true, tasks: [] as { group: typeof group; partition: number }[] }
  const standbys = { tasks: [] as { group: typeof group; partition: number }[] }
  const dealt: { topics: string[]; partition: number }[] = []
  const end = new AbortController()
  const done = removeUnaskedCopies(
    {
      clock,
      logger: silentLogger,
      topology,
      shards,
      tasks,
      standbys,
      assignor: { current: () => ({ standbys: dealt }) as never },
      settings: { copyRetention: 10 * MINUTE },
    },
    end.signal,
  )
  const minutes = (count: number): Promise<void> => clock.advance(count * MINUTE)
  const left = async (): Promise<string[]> =>
    (await store.list()).map(({ table, partition }) => `${table}/${partition}`).toSorted()
  const stop = async (): Promise<void> => {
    end.abort()
    await done
  }
  return { tasks, standbys, dealt, shards, minutes, left, stop, store }
}

const ALL = ['counts/0', 'counts/1', 'counts/2', 'everywhere/0']

test('a copy goes after its time, and one that was asked for in between gets the whole time again', async () => {
  const { left, minutes, shards, standbys, stop, tasks } = await worker()
  tasks.tasks.push({ group, partition: 0 })
  await minutes(9)
  standbys.tasks.push({ group, partition: 1 })
  await minutes(1)
  standbys.tasks.length = 0
  expect(await left()).toEqual(ALL)
  await minutes(2)
  expect(await left()).toEqual(['counts/0', 'counts/1', 'everywhere/0'])
  expect(shards.positions().map(({ partition }) => partition)).toEqual([0, 1])
  await minutes(9)
  expect(await left()).toEqual(['counts/0', 'everywhere/0'])
  await stop()
})

test('what was dealt to this worker and is not open yet stays', async () => {
  const { dealt, left, minutes, stop } = await worker()
  dealt.push({ topics: ['source'], partition: 2 })
  await minutes(30)
  expect(await left()).toEqual(['counts/2', 'everywhere/0'])
  await stop()
})

test('nothing goes while the worker joins or has lost its place, and then the time begins anew', async () => {
  const { left, minutes, stop, tasks } = await worker()
  await minutes(9)
  tasks.member = false
  await minutes(30)
  tasks.member = true
  await minutes(10)
  tasks.rebalancing = true
  await minutes(5)
  expect(await left()).toEqual(ALL)
  tasks.rebalancing = false
  await minutes(1)
  expect(await left()).toEqual(['everywhere/0'])
  await stop()
})

test('a copy that can not be removed now is tried again', async () => {
  const { left, minutes, shards, stop, store } = await worker()
  const open = await store.open('counts', 1, { mode: 'active', epoch: 1 })
  await minutes(12)
  expect(await left()).toEqual(['counts/1', 'everywhere/0'])
  expect(shards.positions().map(({ partition }) => partition)).toEqual([1])
  await open.close()
  await minutes(12)
  expect(await left()).toEqual(['everywhere/0'])
  await stop()
})
