// An app that runs on the transport.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApp, embeddedTransport, text } from '@faust/core'
import { meteredTransport, type Sent } from '../src/index.ts'

test('it tells what an app sends', { timeout: 20_000 }, async () => {
  const sent: Sent[] = []
  const transport = meteredTransport(embeddedTransport(), { onSent: (each) => sent.push(each) })
  const app = createApp({ id: 'metered', transport })
  const words = app.topic('words', { value: text(), partitions: 1 })
  await app.start()
  await words.send({ key: 'a', value: 'word' })
  await app.stop()
  assert.deepEqual(sent, [{ topic: 'words', partition: 0, records: 1, bytes: 5 }])
})
