import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Shard, embeddedStore, silentLogger, type Store, type StoreEntry, systemClock } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { redisStore } from '@faust/store-redis'
import { rocksdbStore } from '@faust/store-rocksdb'
import { startRedis } from '@faust-tools/services'
import { markdownTable } from '../markdown-table.ts'
import { median } from '../median.ts'

/**
 * The stores side by side: one shard, keys of 16 and values of 100 bytes, in random order. Each round runs every store once,
 * so that what disturbs the machine disturbs all of them; the figures are medians of the rounds. `pnpm bench:stores [keys]
 * [rounds]`. Redis comes from REDIS_URL, or is started.
 */
const keys = Number(process.argv[2] ?? 100_000)
const rounds = Number(process.argv[3] ?? 5)
const BATCH = 1000
const READS = 20_000
const MANY = 100
const VALUE = Buffer.from('0123456789'.repeat(10))

/** Microseconds an item. */
type Figures = Readonly<Record<string, number>>

const workloads: Readonly<Record<string, (shard: Shard) => Promise<number>>> = {
  'write, batches of 1,000': async (shard) => {
    for (let from = 0; from < keys; from += BATCH) await write(shard, from)
    return keys
  },
  'overwrite, batches of 1,000': async (shard) => {
    for (let from = 0; from < keys; from += BATCH) await write(shard, from)
    return keys
  },
  'get, one after the other': async (shard) => {
    for (let read = 0; read < READS; read++) await shard.get(keyAt(read * 104_729))
    return READS
  },
  'get, 16 at a time': async (shard) => {
    for (let read = 0; read < READS; read += 16) {
      await Promise.all(Array.from({ length: 16 }, async (_, index) => shard.get(keyAt((read + index) * 104_729))))
    }
    return READS
  },
  'getMany of 100': async (shard) => {
    for (let read = 0; read < READS * 2; read += MANY) {
      await shard.getMany(Array.from({ length: MANY }, (_, index) => keyAt((read + index) * 104_729)))
    }
    return READS * 2
  },
  'range of everything': async (shard) => {
    let count = 0
    for await (const items of shard.range()) count += items.length
    return count
  },
}

/** All keys once, in an order that has nothing to do with theirs. */
function keyAt(index: number): Uint8Array {
  return Buffer.from(`key-${String((index * 7919) % keys).padStart(12, '0')}`)
}

async function write(shard: Shard, from: number): Promise<void> {
  const entries = Array.from({ length: BATCH }, (_, index): StoreEntry => ({ key: keyAt(from + index), value: VALUE }))
  await shard.write({ entries, position: { log: 'log', offset: from, time: 0, note: '' } })
}

async function measure(store: Store): Promise<Figures> {
  await store.start({ app: 'benchmark', clock: systemClock(), logger: silentLogger })
  try {
    const shard = await store.open('table', 0, { mode: 'active', epoch: 1 })
    const figures: Record<string, number> = {}
    for (const [name, run] of Object.entries(workloads)) {
      const begun = performance.now()
      const items = await run(shard)
      figures[name] = ((performance.now() - begun) * 1000) / items
    }
    await shard.close()
    await store.destroy('table', 0)
    return figures
  } finally {
    await store.close()
  }
}

const directory = await mkdtemp(join(tmpdir(), 'bench-stores-'))
const redis = await startRedis()
const stores: Readonly<Record<string, () => Store>> = {
  embedded: () => embeddedStore(),
  LevelDB: () => levelStore({ directory: join(directory, 'level') }),
  RocksDB: () => rocksdbStore({ directory: join(directory, 'rocksdb') }),
  Redis: () => redisStore({ url: redis.url, prefix: 'benchmark' }),
}
const results = new Map<string, Figures[]>(Object.keys(stores).map((name) => [name, []]))
try {
  for (let round = 0; round <= rounds; round++) {
    for (const [name, make] of Object.entries(stores)) {
      const figures = await measure(make())
      // The first round is the warm-up.
      if (round > 0) results.get(name)!.push(figures)
    }
  }
} finally {
  await redis.stop()
  await rm(directory, { recursive: true, force: true })
}

console.log(
  `Node ${process.version}, ${keys.toLocaleString('en')} keys, µs an item and how many times as long as LevelDB; ` +
    `medians of ${rounds} rounds after one warm-up\n`,
)
const rows = Object.keys(workloads).map((workload) => {
  const figure = (store: string): number => median(results.get(store)!.map((figures) => figures[workload]!))
  const unit = figure('LevelDB')
  return [
    workload,
    ...Object.keys(stores).map((store) => `${figure(store).toFixed(2)} (${(figure(store) / unit).toFixed(2)})`),
  ]
})
console.log(markdownTable(['', ...Object.keys(stores)], rows))
