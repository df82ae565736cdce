import type { Redis } from '@faust-tools/services'
import { startRedis, until } from '@faust-tools/services'
import { storeConformance } from '@faust/testing'
import { Redis as Client } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { redisStore } from '../src/index.ts'
import { open, put, scan, started } from './helpers.ts'

/** Three nodes with a third of the slots each, of which the store is told one. */
const SLOTS = 16_384
const NODES = 3
const servers: Redis[] = []
const admins: Client[] = []

beforeAll(async () => {
  for (let node = 0; node < NODES; node++) {
    const server = await startRedis({ properties: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' } })
    servers.push(server)
    admins.push(new Client(server.url))
  }
  for (const [node, admin] of admins.entries()) {
    const [first, behind] = [node, node + 1].map((share) => Math.floor((SLOTS * share) / NODES)) as [number, number]
    const slots = Array.from({ length: behind - first }, (_, slot) => String(first + slot))
    await admin.call('CLUSTER', 'ADDSLOTS', ...slots)
    // Else two nodes may begin with one epoch, and settle that between them after they have met.
    await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', String(node + 1))
  }
  for (const { url } of servers.slice(1)) {
    const { hostname, port } = new URL(url)
    await admins[0]!.call('CLUSTER', 'MEET', hostname, port)
  }
  await until('all nodes to serve all slots', 60_000, async () => {
    const all = await Promise.all(admins.map((admin) => admin.call('CLUSTER', 'INFO')))
    return all.every((info) => /cluster_state:ok[^]*cluster_known_nodes:3/.test(String(info)))
  })
}, 120_000)

afterAll(async () => {
  for (const admin of admins) admin.disconnect()
  for (const server of servers) await server.stop()
})

storeConformance({
  test: (name, run) => test(name, run, 70_000),
  supports: { persistent: true, shared: true, identity: false },
  create: ({ place }) => redisStore({ cluster: [servers[0]!.url], prefix: place }),
  unusable: () => redisStore({ cluster: ['redis://127.0.0.1:1'], timeout: 300 }),
})

test('shards spread over the nodes, and each lies whole on one of them', async () => {
  const store = await started({ cluster: [servers[1]!.url], prefix: 'spread' })
  const shards = await Promise.all(Array.from({ length: 24 }, (_, partition) => open(store, 1, partition)))
  for (const [partition, shard] of shards.entries()) await put(shard, { a: `${partition}`, b: '2' }, partition)
  for (const [partition, shard] of shards.entries()) expect(await scan(shard)).toEqual([`a=${partition}`, 'b=2'])
  expect(await store.list()).toHaveLength(24)

  const keys = await Promise.all(admins.map((admin) => admin.keys('*spread*')))
  const shardsOf = keys.map((names) => new Set(names.flatMap((name) => /table:\d+/.exec(name)?.[0] ?? [])))
  for (const here of shardsOf) expect(here.size).toBeGreaterThan(0)
  expect(shardsOf.reduce((sum, here) => sum + here.size, 0)).toBe(24)
})

test('a slot that moves to another node takes its shard along', async () => {
  const store = await started({ cluster: [servers[0]!.url], prefix: 'moving' })
  const shard = await open(store)
  await put(shard, { a: '1', b: '2' }, 1)
  const owner = await nodeWith('*moving*table:0*')
  const target = (owner + 1) % NODES
  const names = (await admins[owner]!.keys('*moving*')).filter((name) => name.includes('table:0'))
  const slot = String(await admins[owner]!.call('CLUSTER', 'KEYSLOT', names[0]!))
  const [from, to] = (await Promise.all(
    [owner, target].map(async (node) => String(await admins[node]!.call('CLUSTER', 'MYID'))),
  )) as [string, string]
  await admins[target]!.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from)
  await admins[owner]!.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to)
  const { hostname, port } = new URL(servers[target]!.url)
  await admins[owner]!.call('MIGRATE', hostname, port, '', '0', '20000', 'KEYS', ...names)
  for (const node of [target, owner]) await admins[node]!.call('CLUSTER', 'SETSLOT', slot, 'NODE', to)

  await put(shard, { b: null, c: '3' }, 2)
  expect(await scan(shard)).toEqual(['a=1', 'c=3'])
  expect(shard.position?.offset).toBe(2)
  expect(await nodeWith('*moving*table:0*')).toBe(target)
})

/** The node that has such a key. */
async function nodeWith(pattern: string): Promise<number> {
  const found = await Promise.all(admins.map((admin) => admin.keys(pattern)))
  return found.findIndex((names) => names.length > 0)
}
