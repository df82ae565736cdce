import { expect, test } from 'vitest'
import { embeddedTransport, json } from '../../../src/index.ts'
import { createEmbeddedLog } from '../../../src/transport/embedded/log/embedded-log.ts'
import { testApp } from '../../support/test-app.ts'
import { until } from '../../support/until.ts'

test('is committed with the offset, and goes on from there', async () => {
  const log = createEmbeddedLog({})
  const run = async (timestamps: readonly number[]): Promise<string> => {
    const transport = embeddedTransport({ log })
    const app = testApp({ transport })
    const input = app.topic('input', { value: json<number>(), partitions: 1 })
    app.agent('read', input, async (stream) => {
      for await (const _ of stream);
    })
    await app.start()
    for (const timestamp of timestamps) await input.send({ value: timestamp, timestamp })
    const [end] = await transport.admin.offsets([{ topic: 'input', partition: 0 }])
    await until('all is committed', () => app.status().partitions[0]!.committed === end!.logEnd)
    const [committed] = await transport.admin.committedOffsets('test', [{ topic: 'input', partition: 0 }], {
      requireStable: true,
    })
    await app.stop()
    return committed!.metadata
  }
  expect(await run([5000, 9000, 7000])).toBe('streamTime=9000')
  expect(await run([8000])).toBe('streamTime=9000')
  expect(await run([9500])).toBe('streamTime=9500')
})
