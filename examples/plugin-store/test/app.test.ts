// An app that runs on the store.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp, json } from '@faust/core'
import { mapStore } from '../src/index.ts'

test('a table lives in the store', { timeout: 20_000 }, async () => {
  const store = mapStore()
  const app = createApp({ id: 'map', store })
  const visits = app.topic('visits', { value: json<string>() })
  const counts = app.table('counts', { value: json<number>(), default: () => 0 })
  const counted = new Promise<void>((resolve) => {
    app.agent('count', visits, { tables: [counts] }, async (stream) => {
      for await (const name of stream) if ((await counts.update(name, (count) => count + 1)) === 2) resolve()
    })
  })

  await app.start()
  for (const name of ['ann', 'ben', 'ann']) await visits.send({ key: name, value: name })
  await counted
  assert.equal(await counts.get('ann'), 2)
  await app.stop()
})
