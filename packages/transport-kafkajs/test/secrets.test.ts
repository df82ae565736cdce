import { failure, listening, shown } from '@faust-tools/test-support'
import { createApp, systemClock } from '@faust/core'
import { expect, onTestFinished, test } from 'vitest'
import { connectByKafkajs, kafkajsTransport, readOptions } from '../src/index.ts'
import type { KafkajsTransportOptions } from '../src/index.ts'
import { ask } from './support/connect.ts'
import { scriptedBroker } from './support/scripted-broker.ts'

const SECRET = 'pass-word-of-kafka'
const PLAIN = Buffer.from(`\0ann\0${SECRET}`)

function expectNoSecret(value: unknown): void {
  const text = shown(value)
  for (const secret of [SECRET, PLAIN.toString('base64'), PLAIN.toString('hex')]) expect(text).not.toContain(secret)
}

const HANDSHAKE = 17
const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)])

const ways: [string, NonNullable<KafkajsTransportOptions['sasl']>][] = [
  ['PLAIN', { mechanism: 'plain', username: 'ann', password: SECRET }],
  ['SCRAM-SHA-256', { mechanism: 'scram-sha-256', username: 'ann', password: SECRET }],
  ['OAUTHBEARER', { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: SECRET }) }],
]

test.each(ways)('credentials are shown neither by a transport nor by a refusal: %s', async (mechanism, sasl) => {
  const broker = await scriptedBroker({
    onRequest(request) {
      // It takes the handshake, and then refuses.
      if (request.key === HANDSHAKE) request.answer(Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1]), text(mechanism)]))
      else request.answer(Buffer.concat([Buffer.from([0, 58]), text('Authentication failed'), Buffer.alloc(12)]))
    },
  })
  const { lines, logger } = listening()
  const options = { brokers: [broker.address], sasl, ssl: false }
  const transport = kafkajsTransport(options)
  const app = createApp({ id: 'app', transport, logger })
  for (const each of [transport, app, app.status()]) expectNoSecret(each)

  const connection = await connectByKafkajs(readOptions(options), { app: 'app', clock: systemClock(), logger })
  onTestFinished(() => connection.close())
  const error = await failure(ask(connection))
  expect(error.code).toBe('FAUST_NOT_AUTHORIZED')
  for (const each of [error, connection, lines]) expectNoSecret(each)
})
