import { createApp, createEmbeddedLog, embeddedTransport, json, silentLogger, systemClock, text } from '@faust/core'
import type { EmbeddedLog } from '@faust/core'
import { expect, test } from 'vitest'
import { levelStore } from '../src/index.ts'
import { temporary } from './helpers.ts'

/** One life of an app that counts words: its table at the end, and how many changelog records it had to read at first. */
async function live(log: EmbeddedLog, directory: string, words: readonly string[]) {
  const transport = embeddedTransport({ log })
  // It outlives the app here, since the test holds it.
  Object.assign(transport, { supports: { ...transport.supports, durable: true } })
  const app = createApp({ id: 'words', transport, store: levelStore({ directory }), logger: silentLogger })
  const topic = app.topic('words', { key: text(), value: json<string>(), partitions: 2 })
  const counts = app.table('counts', { key: text(), value: json<number>(), default: () => 0 })
  let seen = 0
  app.agent('count', topic, { tables: [counts] }, async (stream) => {
    for await (const word of stream) {
      await counts.update(word, (count) => count + 1)
      seen++
    }
  })
  await app.start()
  for (const word of words) await topic.send({ key: word, value: word })
  await expect.poll(() => seen, { timeout: 10_000 }).toBe(words.length)
  const found: Record<string, number> = {}
  for await (const [key, count] of counts.entries()) found[key] = count
  const restores = Object.values(app.monitor.snapshot().tables['counts']?.restores ?? {})
  await app.stop()
  return { found, restored: restores.reduce((sum, { records }) => sum + records, 0) }
}

test('an app that starts again finds its tables on disk; with an empty disk it reads its changelogs', async () => {
  const [directory, empty] = [temporary(), temporary()]
  const log = createEmbeddedLog({ clock: systemClock() })
  try {
    const words = ['a', 'b', 'c', 'a', 'b', 'a']
    expect((await live(log, directory, words)).found).toEqual({ a: 3, b: 2, c: 1 })
    expect(await live(log, directory, ['a', 'c'])).toEqual({ found: { a: 4, b: 2, c: 2 }, restored: 0 })
    const elsewhere = await live(log, empty, ['b'])
    expect(elsewhere.found).toEqual({ a: 4, b: 3, c: 2 })
    expect(elsewhere.restored).toBeGreaterThan(2)
  } finally {
    await log.close()
  }
})
