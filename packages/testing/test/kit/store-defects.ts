import type { Shard, ShardPosition, ShardUse, Store, StoreEntry, StoreItem, StoreRange } from '@faust/core'
import { override } from './run-kit.ts'

/** A store that breaks one promise. */
export interface StoreDefect {
  readonly what: string
  /** Which of the kit's cases must notice. */
  readonly noticedBy: RegExp
  readonly shared?: boolean
  readonly store?: (store: Store) => Partial<Store>
  readonly shard?: (shard: Shard) => Partial<Shard>
}

type Write = Parameters<Shard['write']>[0]

/** Wraps a correct store with a defect. */
export function defective(store: Store, defect: StoreDefect): Store {
  const broken = override(store, defect.store?.(store) ?? {})
  if (defect.shard === undefined) return broken
  return override(broken, {
    open: async (...args) => {
      const shard = await store.open(...args)
      return override(shard, defect.shard?.(shard) ?? {})
    },
  })
}

export const STORE_DEFECTS: readonly StoreDefect[] = [
  {
    what: 'loses the last entry of a batch',
    noticedBy: /batch, all entries of a batch/,
    shard: (shard) => ({
      write: ({ entries, position }) => shard.write({ entries: [...entries].slice(0, -1), position }),
    }),
  },
  {
    what: 'lets the first entry of a key win',
    noticedBy: /batch, a later entry of the same key wins/,
    shard: (shard) => ({
      write: ({ entries, position }) => shard.write({ entries: [...entries].toReversed(), position }),
    }),
  },
  {
    what: 'writes a batch in two halves',
    noticedBy: /many readers never see half a batch/,
    shard: (shard) => ({
      async write({ entries, position }: Write) {
        const all = [...entries]
        const half = Math.floor(all.length / 2)
        await shard.write({ entries: all.slice(0, half), position })
        await new Promise((resolve) => void setImmediate(resolve))
        await shard.write({ entries: all.slice(half), position })
      },
    }),
  },
  {
    what: 'begins anew when it is tuned for a restore',
    noticedBy: /tuning, entries and position stay/,
    shard: (shard) => ({
      async tune(use) {
        if (use === 'restore') await shard.clear()
      },
    }),
  },
  {
    what: 'refuses to be emptied while it is tuned for a restore',
    noticedBy: /tuning, a shard is written, read and emptied in either use/,
    shard: (shard) => {
      let use: ShardUse = 'serve'
      return {
        tune: (next) => void (use = next),
        async clear() {
          if (use === 'serve') await shard.clear()
        },
      }
    },
  },
  {
    what: 'writes what it was given for a restore only when it is told that the restore is over',
    noticedBy: /tuning, a shard that was closed while tuned/,
    shard: (shard) => {
      const waiting: { entries: StoreEntry[]; position: ShardPosition }[] = []
      let use: ShardUse = 'serve'
      const flush = async (): Promise<void> => {
        for (const batch of waiting.splice(0)) await shard.write(batch)
      }
      return {
        async tune(next) {
          use = next
          if (use === 'serve') await flush()
        },
        async write({ entries, position }) {
          if (use === 'serve') return shard.write({ entries, position })
          waiting.push({ entries: [...entries], position })
        },
      }
    },
  },
  {
    what: 'forgets what it has when it is closed while tuned for a restore',
    noticedBy: /tuning, a shard that was closed while tuned/,
    shard: (shard) => {
      let idle = false
      return {
        tune: (use) => void (idle = use === 'restore'),
        write(batch) {
          idle = false
          return shard.write(batch)
        },
        async close() {
          if (idle) await shard.clear()
          await shard.close()
        },
      }
    },
  },
  {
    what: 'writes a restore bit by bit',
    noticedBy: /tuning, a batch that fails/,
    shard: (shard) => {
      let use: ShardUse = 'serve'
      return {
        tune: (next) => void (use = next),
        async write({ entries, position }) {
          if (use === 'serve') return shard.write({ entries, position })
          for (const one of entries) await shard.write({ entries: [one], position })
        },
      }
    },
  },
  {
    what: 'is tuned though it is closed',
    noticedBy: /tuning, a closed shard/,
    shard: () => ({ tune: () => undefined }),
  },
  {
    what: 'goes through the entries twice',
    noticedBy: /batch, entries may be made as they are asked for/,
    shard: (shard) => ({
      write({ entries, position }) {
        for (const { key } of entries) if (key.length > 1e6) return
        return shard.write({ entries, position })
      },
    }),
  },
  {
    what: 'writes the entries before the one that cannot be made',
    noticedBy: /batch, a failure of whoever makes the entries/,
    shard: (shard) => ({
      async write({ entries, position }) {
        const made: StoreEntry[] = []
        try {
          for (const one of entries) made.push(one)
        } finally {
          await shard.write({ entries: made, position })
        }
      },
    }),
  },
  {
    what: 'forgets the position',
    noticedBy: /position, it is read at open/,
    shard: (shard) => ({
      write: ({ entries, position }) => shard.write({ entries, position: { ...position, offset: 0 } }),
    }),
  },
  {
    what: 'drops the note of a position',
    noticedBy: /position, every part of it comes back/,
    shard: (shard) => ({
      write: ({ entries, position }) => shard.write({ entries, position: { ...position, note: '' } }),
    }),
  },
  {
    what: 'keeps the position through a clear',
    noticedBy: /position, clear empties the shard and forgets it/,
    shard: (shard) => ({
      async clear() {
        const { position } = shard
        await shard.clear()
        if (position !== null) await shard.write({ entries: [], position })
      },
    }),
  },
  {
    what: 'orders keys as text',
    noticedBy: /range, keys order as unsigned bytes/,
    shard: (shard) => ({
      range: (range) => changed(shard.range(range), (items) => items.sort((a, b) => signed(a.key, b.key))),
    }),
  },
  {
    what: 'takes gt for gte',
    noticedBy: /range, each bound alone/,
    shard: (shard) => ({
      range: ({ gt, ...range }: StoreRange = {}) => shard.range({ ...range, gte: gt ?? range.gte }),
    }),
  },
  {
    what: 'limits before it reverses',
    noticedBy: /range, limit counts items/,
    shard: (shard) => ({
      range: (range = {}) =>
        changed(shard.range({ ...range, reverse: false }), (items) => (range.reverse ? items.toReversed() : items)),
    }),
  },
  {
    what: 'gives empty arrays in a range',
    noticedBy: /range, random data/,
    shard: (shard) => ({
      async *range(range) {
        yield []
        yield* shard.range(range)
      },
    }),
  },
  {
    what: 'begins a range at its first item and not at the call',
    noticedBy: /a range sees the shard as it was at the call/,
    shard: (shard) => ({
      async *range(range) {
        yield* shard.range(range)
      },
    }),
  },
  {
    what: 'leaves missing keys out of getMany',
    noticedBy: /getMany answers in the order asked/,
    shard: (shard) => ({ getMany: async (keys) => (await shard.getMany(keys)).filter((value) => value !== undefined) }),
  },
  {
    what: 'takes an empty value for a missing one',
    noticedBy: /empty values are values/,
    shard: (shard) => ({
      get: async (key) => {
        const value = await shard.get(key)
        return value?.length === 0 ? undefined : value
      },
    }),
  },
  {
    what: 'keeps the arrays that it was given',
    noticedBy: /bytes, those given may be used again/,
    shard: (shard) => {
      const given = new Map<string, Uint8Array | null>()
      return {
        write(batch: Write) {
          for (const { key, value } of batch.entries) given.set(String(key), value)
          return shard.write(batch)
        },
        get: (key) => given.get(String(key)) ?? undefined,
      }
    },
  },
  {
    what: 'keeps large values as views of the buffer that they came in',
    noticedBy: /bytes, what they are views of may be filled anew/,
    shard: (shard) => {
      const large = new Map<string, Uint8Array>()
      return {
        write(batch: Write) {
          for (const { key, value } of batch.entries) {
            if (value !== null && value.length > 65_536) large.set(String(key), value)
          }
          return shard.write(batch)
        },
        get: (key) => large.get(String(key)) ?? shard.get(key),
      }
    },
  },
  {
    what: 'hands out its own arrays',
    noticedBy: /bytes, those received belong to the caller/,
    shard: (shard) => {
      const own = new Map<string, Uint8Array | undefined>()
      return {
        async get(key) {
          const value = own.get(String(key)) ?? (await shard.get(key))
          own.set(String(key), value)
          return value
        },
      }
    },
  },
  {
    what: 'fences nobody',
    noticedBy: /fencing, a later opener with a higher epoch/,
    shared: true,
    store: (store) => ({ open: (table, partition, options) => store.open(table, partition, { ...options, epoch: 1 }) }),
  },
  {
    what: 'lets a late zombie fence the owner',
    noticedBy: /fencing, a zombie that opens late/,
    shared: true,
    store: (store) => {
      return {
        open: (table, partition, options) =>
          store.open(table, partition, { ...options, epoch: Date.now() + counter++ }),
      }
    },
  },
  {
    what: 'opens a shard twice',
    noticedBy: /lock, a shard that is open cannot be opened again/,
    store: (store) => {
      const open = new Map<string, Promise<Shard>>()
      return {
        open(table, partition, options) {
          const name = `${table} ${partition}`
          const shard = open.get(name) ?? store.open(table, partition, options)
          open.set(name, shard)
          return shard
        },
      }
    },
  },
  {
    what: 'mixes up tables and partitions that look alike',
    noticedBy: /names that resemble each other/,
    store: (store) => ({
      open: (table, partition, options) =>
        store.open(`${table}-${partition}`.toLowerCase().replaceAll(/[._]/g, '-'), 0, options),
    }),
  },
  {
    what: 'lists only what was written',
    noticedBy: /a shard that was only opened has no position/,
    store: (store) => ({ list: async () => (await store.list()).filter((info) => info.position !== null) }),
  },
  {
    what: 'destroys nothing',
    noticedBy: /destroy removes a shard with its position/,
    store: () => ({ destroy: () => Promise.resolve() }),
  },
  {
    what: 'destroys a shard that is open',
    noticedBy: /lock, a shard that is open cannot be destroyed/,
    store: (store) => ({
      destroy: (table, partition) => store.destroy(table, partition).catch(() => undefined),
    }),
  },
  {
    what: 'tells its identity after close',
    noticedBy: /identity, a closed store has none/,
    store: (store) => ({ identity: () => store.identity().catch(() => 'somebody') }),
  },
  {
    what: 'answers after close',
    noticedBy: /shards, after close everything answers FAUST_CLOSED/,
    shard: (shard) => {
      let last: Uint8Array | undefined
      return {
        async get(key) {
          try {
            last = await shard.get(key)
          } catch {
            // The defect: what was read last is read for ever.
          }
          return last
        },
      }
    },
  },
  {
    what: 'never answers',
    noticedBy: /round trip, a value is read back/,
    shard: () => ({ get: () => new Promise(() => undefined) }),
  },
  {
    what: 'never closes',
    noticedBy: /shards, close is idempotent/,
    shard: () => ({ close: () => new Promise(() => undefined) }),
  },
  {
    what: 'throws errors that are no FaustErrors',
    noticedBy: /life, a closed store opens nothing/,
    store: (store) => ({
      open: (...args) => store.open(...args).catch(() => Promise.reject(new Error('It is closed'))),
    }),
  },
  {
    what: 'has another identity every time',
    noticedBy: /identity, it is one name/,
    store: () => ({ identity: () => Promise.resolve(String(Math.random())) }),
  },
]

let counter = 0

/** All items at once, in another order. */
async function* changed(
  range: AsyncIterable<readonly StoreItem[]>,
  change: (items: StoreItem[]) => StoreItem[],
): AsyncIterable<readonly StoreItem[]> {
  const items: StoreItem[] = []
  for await (const chunk of range) items.push(...chunk)
  if (items.length > 0) yield change(items)
}

/** As bytes would order if their highest bit were a sign. */
function signed(left: Uint8Array, right: Uint8Array): number {
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = (((left[index] ?? 0) << 24) >> 24) - (((right[index] ?? 0) << 24) >> 24)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}
