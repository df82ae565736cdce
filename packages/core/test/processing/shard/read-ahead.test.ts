import { expect, test } from 'vitest'
import { embeddedStore, json, type Shard, type Store } from '../../../src/index.ts'
import { testApp } from '../../support/test-app.ts'
import { until } from '../../support/until.ts'

interface Asked {
  one: number
  many: number
}

/** A store that takes its time, and counts how it is asked. */
function slowStore(asked: Asked): Store {
  const store = embeddedStore()
  const open = store.open.bind(store)
  const later = <T>(value: T): Promise<T> => new Promise((resolve) => void setImmediate(() => resolve(value)))
  store.open = async (...given) => {
    const shard = await open(...given)
    const { get, getMany } = shard
    shard.get = (key) => {
      asked.one++
      return later(get.call(shard, key) as Awaited<ReturnType<Shard['get']>>)
    }
    shard.getMany = (keys) => {
      asked.many++
      return later(getMany.call(shard, keys) as Awaited<ReturnType<Shard['getMany']>>)
    }
    return shard
  }
  return store
}

async function run(keyOf: (key: string) => string): Promise<{ asked: Asked; counts: Map<string, number> }> {
  const asked = { one: 0, many: 0 }
  const app = testApp({ store: slowStore(asked), tableCacheBytes: 150_000 })
  const input = app.topic('input', { value: json<number>(), partitions: 1 })
  const counts = app.table('counts', { value: json<number>(), default: () => 0 })
  app.agent('count', input, { tables: [counts] }, async (stream) => {
    for await (const { key, value } of stream.events()) await counts.update(keyOf(key!), (sum) => sum + value)
  })
  await app.start()
  const total = 6000
  for (let round = 0; round < 2; round++) {
    await Promise.all(Array.from({ length: total / 2 }, (_, n) => input.send({ key: `key-${n % 1500}`, value: 1 })))
    await until('all is handled', () => app.status().partitions[0]!.frontier === (total / 2) * (round + 1))
    await app.commit()
  }
  const found = new Map<string, number>()
  for await (const [key, count] of counts.entries()) found.set(key, count)
  return { asked, counts: found }
}

test('keys of records to come are asked for together, and every update counts', async () => {
  const { asked, counts } = await run((key) => key)
  expect(counts.size).toBe(1500)
  expect([...counts.values()].every((count) => count === 4)).toBe(true)
  expect(asked.many).toBeGreaterThan(5)
  expect(asked.one).toBeLessThan(500)
})

test('is given up where handlers ask for other keys', async () => {
  const { asked, counts } = await run((key) => `other-${key}`)
  expect(counts.size).toBe(1500)
  expect(asked.many).toBeLessThan(20)
})
