import assert from 'node:assert/strict'
import { type App, embeddedStore, isFaustError, json, type Shard, type Store, type Topic } from '@faust/core'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew } from './crew.ts'

let crew: Crew
beforeEach(() => void (crew = new Crew(4)))
afterEach(() => crew.end())

for (const [guarantee, call, kindsOfReads] of [
  ['at-least-once', 'get', 8],
  ['at-least-once', 'range', 4],
  ['exactly-once', 'get', 8],
  ['exactly-once', 'range', 4],
] as const) {
  test(`who reads a key whose partition leaves in a ${call} is told that it is not here, ${guarantee}`, async () => {
    const { hold, store } = holdingStore()
    let more: ReturnType<typeof declareMore> | undefined
    const options = { guarantee, tableCacheBytes: 0 }
    const one = await crew.start('one', {
      ...options,
      store,
      declare: (app, source) => void (more = declareMore(app, source)),
    })
    await crew.feed(200, 40)
    await crew.until('all is counted', () => crew.counted())
    await crew.clock.run(() => one.app.commit())

    hold(call)
    const { closed, seen, sessions } = more!
    const reads = Array.from({ length: 40 }, (_, index) => `k${index}`).flatMap((key) =>
      [
        one.table.get(key),
        one.table.has(key),
        seen.has(key, 'one'),
        seen.size(key),
        closed.get(key, crew.clock.now()),
        collect(closed.windows(key)),
        sessions.get(key, 0),
        collect(sessions.windows(key)),
      ].map((read, kind) =>
        read.then(
          () => undefined,
          (error: unknown) => ({ key, kind, error }),
        ),
      ),
    )
    await crew.start('two', { ...options, declare: (app, source) => void declareMore(app, source) })
    await crew.until('half of the partitions have left', () => one.live().length === 2)
    hold(undefined)
    const failures = (await crew.clock.run(() => Promise.all(reads))).filter((failure) => failure !== undefined)

    const kinds = new Set(failures.map(({ kind }) => kind))
    assert.equal(kinds.size, kindsOfReads, `only reads ${[...kinds].join(', ')} met the leaving partitions`)
    for (const { error, kind } of failures) {
      assert.ok(isFaustError(error, 'FAUST_TABLE_NOT_LOCAL') && error.retriable, `read ${kind}: ${String(error)}`)
    }
  })
}

function declareMore(app: App, source: Topic<string, number>) {
  const seen = app.setTable('seen')
  const closed = app.table('tumbling', { value: json<number>() }).tumbling({ size: 60_000 })
  const sessions = app.table('sessions', { value: json<number>() }).session({ gap: 60_000, merge: (a, b) => a + b })
  app.agent('more', source, { tables: [seen, closed, sessions] }, async (stream) => {
    for await (const { key } of stream.events()) {
      await seen.add(key!, 'one')
      await closed.set(key!, 1)
      await sessions.set(key!, 1)
    }
  })
  return { seen, closed, sessions }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** A store that answers with promises: while it holds a kind of read, those are answered once their shard is closed. */
function holdingStore(): { readonly store: Store; readonly hold: (call: 'get' | 'range' | undefined) => void } {
  const store = embeddedStore()
  const open = store.open.bind(store)
  let held: 'get' | 'range' | undefined
  let letGo: () => void
  const free = new Promise<void>((done) => (letGo = done))
  const slow = (shard: Shard): Shard => {
    let close: () => void
    const closed = new Promise<void>((done) => (close = done))
    return {
      get position() {
        return shard.position
      },
      get: async (key) => {
        if (held === 'get') await Promise.race([closed, free])
        return shard.get(key)
      },
      getMany: (keys) => shard.getMany(keys),
      async *range(range) {
        if (held === 'range') await Promise.race([closed, free])
        yield* shard.range(range)
      },
      write: (batch) => shard.write(batch),
      clear: () => shard.clear(),
      close: async () => {
        await shard.close()
        close()
      },
    }
  }
  return {
    store: Object.assign(store, { open: async (...args: Parameters<Store['open']>) => slow(await open(...args)) }),
    hold: (call) => {
      held = call
      if (call === undefined) letGo()
    },
  }
}
