import { failure } from '@faust-tools/test-support'
import { createApp, isFaustError, text } from '@faust/core'
import { expect, test } from 'vitest'
import { kafkajsTransport } from '../src/index.ts'
import { capturedLogger } from './support/captured-logger.ts'
import { until } from './support/connect.ts'
import { rawServer } from './support/scripted-broker.ts'

// The start waits for half a minute, which is longer than a test may take.
test('a stop does not wait for a broker that is not there', async () => {
  const server = await rawServer(() => {})
  await server.close()
  const { logger, text: logged } = capturedLogger()
  const transport = kafkajsTransport({ brokers: [server.address] })
  const app = createApp({ id: 'stopped', transport, logger })
  app.topic('any', { value: text() })
  const started = failure(app.start())
  await until(() => logged().includes('No answer yet'))
  await app.stop()
  expect(isFaustError(await started, 'FAUST_ABORTED')).toBe(true)
})
