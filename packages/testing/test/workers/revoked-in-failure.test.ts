import assert from 'node:assert/strict'
import { embeddedStore, embeddedTransport, FaustError, type Store, type Transport } from '@faust/core'
import { intercepted } from '@faust-tools/test-support'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew } from './crew.ts'

let crew: Crew
beforeEach(() => void (crew = new Crew()))
afterEach(() => crew.end())

/** A store that knows which partitions are open, and refuses to open one twice, as those on disks do. */
function strictStore(): { readonly store: Store; readonly open: Set<number> } {
  const store = embeddedStore()
  const open = new Set<number>()
  const original = store.open.bind(store)
  store.open = async (table, partition, options) => {
    assert.ok(!open.has(partition), `partition ${partition} is open`)
    open.add(partition)
    const shard = await original(table, partition, options)
    const close = shard.close.bind(shard)
    shard.close = async () => {
      await close()
      open.delete(partition)
    }
    return shard
  }
  return { store, open }
}

/** A log that refuses the offsets of what is committed when partitions leave. */
function refusingWhenRevoked(transport: Transport): { readonly transport: Transport; readonly refused: () => number } {
  let revoking = false
  let refused = 0
  intercepted(transport, {
    hooks: (app) => ({
      onRevoked: async (partitions) => {
        revoking = true
        await app.onRevoked(partitions)
        revoking = false
      },
    }),
  })
  const producer = transport.producer.bind(transport)
  transport.producer = (options) => {
    const made = producer(options)
    const sendOffsets = made.sendOffsets.bind(made)
    made.sendOffsets = (offsets, membership) => {
      if (!revoking) return sendOffsets(offsets, membership)
      refused++
      return Promise.reject(new FaustError('FAUST_TRANSPORT_UNAVAILABLE', 'The log is away', { retriable: true }))
    }
    return made
  }
  return { transport, refused: () => refused }
}

test('a partition whose last transaction fails leaves all the same, and can come back', async () => {
  const { store, open } = strictStore()
  const { transport, refused } = refusingWhenRevoked(embeddedTransport({ log: crew.log }))
  // No cycle but that of what leaves.
  const options = { guarantee: 'exactly-once', acceptableRecoveryLag: 1_000_000, commitInterval: 60_000 } as const
  const one = await crew.start('one', { ...options, transport, store })
  await crew.feed(100)
  await crew.until('all is handled', () => one.handled.length === 100)
  const two = await crew.start('two', options)
  await crew.until('each has one', () => one.live().length === 1 && two.live().length === 1)
  assert.equal(refused(), 1)
  await crew.clock.advance(1000)
  assert.deepEqual([...open], one.live())

  await two.stop({ leave: true })
  await crew.until('one has everything', () => one.live().length === 2)
  await crew.until('all is counted', () => crew.counted())
})
