import { failure } from '@faust-tools/test-support'
import { Buffer } from 'node:buffer'
import { startKafka } from '@faust-tools/services'
import type { KafkaUser, SecuredAccess } from '@faust-tools/services'
import { createApp, json, systemClock } from '@faust/core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { kafkajsTransport } from '../src/index.ts'
import type { KafkajsTransportOptions } from '../src/index.ts'
import { capturedLogger, everythingOf } from './support/captured-logger.ts'
import { unique } from './support/real-cluster.ts'

/** Ms after which SASL sessions have to be renewed here. */
const SESSION = 2_000

let kafka: Awaited<ReturnType<typeof startKafka>>
let secured: SecuredAccess

beforeAll(async () => {
  const reauthentication = { 'listener.name.credentials.connections.max.reauth.ms': String(SESSION) }
  kafka = await startKafka({ secured: true, properties: reauthentication })
  secured = kafka.secured!
})

afterAll(() => kafka.stop())

type Sasl = NonNullable<KafkajsTransportOptions['sasl']>

/** A token as the broker takes it: nobody has signed it. */
function tokenOf({ username }: KafkaUser): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const seconds = Math.floor(Date.now() / 1000)
  return `${part({ alg: 'none' })}.${part({ sub: username, iat: seconds, exp: seconds + 3600 })}.`
}

const MECHANISMS: Readonly<Record<string, (user: KafkaUser) => Sasl>> = {
  PLAIN: (user) => ({ mechanism: 'plain', ...user }),
  'SCRAM-SHA-256': (user) => ({ mechanism: 'scram-sha-256', ...user }),
  'SCRAM-SHA-512': (user) => ({ mechanism: 'scram-sha-512', ...user }),
  OAUTHBEARER: (user) => ({
    mechanism: 'oauthbearer',
    oauthBearerProvider: () => Promise.resolve({ value: tokenOf(user) }),
  }),
}

function withCredentials(sasl: Sasl): KafkajsTransportOptions {
  return { brokers: secured.withCredentials, ssl: { ca: secured.ca }, sasl }
}

/** An app that doubles numbers, and what it has logged and doubled. */
function doubling(options: KafkajsTransportOptions) {
  const { logger, text } = capturedLogger()
  const app = createApp({ id: unique('secured'), transport: kafkajsTransport(options), logger, commitInterval: 100 })
  app.done.catch(() => {})
  onTestFinished(() => app.stop({ leave: true }))
  const numbers = app.topic(unique('numbers'), { partitions: 1, value: json<number>() })
  const seen: number[] = []
  app.agent('double', numbers, async (stream) => {
    for await (const value of stream) seen.push(value * 2)
  })
  return { app, seen, logged: text, send: (value: number) => numbers.send({ key: 'k', value }) }
}

/** Nothing that only its owner may know, in clear text or as it travels. */
function expectNoSecrets(text: string): void {
  for (const { username, password } of [secured.admin, secured.guest]) {
    const plain = Buffer.from(`\0${username}\0${password}`)
    const token = tokenOf({ username, password }).slice(0, 60)
    for (const secret of [password, Buffer.from(password).toString('base64'), plain.toString('base64'), token]) {
      expect(text).not.toContain(secret)
    }
  }
  expect(text).not.toContain(secured.client.passphrase)
}

describe.each(Object.keys(MECHANISMS))('%s over TLS', (name) => {
  const mechanism = MECHANISMS[name]!

  test('an app works, also beyond the end of its sessions, and logs no secret', async () => {
    const { app, seen, logged, send } = doubling(withCredentials(mechanism(secured.admin)))
    await app.start()
    const clock = systemClock()
    const until = clock.monotonic() + SESSION * 2
    let sent = 0
    while (clock.monotonic() < until) {
      await send(sent++)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await expect.poll(() => seen.length).toBe(sent)
    expect(seen).toEqual(Array.from({ length: sent }, (_, value) => value * 2))
    await app.stop({ leave: true })
    expect(logged()).toContain('Made topics')
    expectNoSecrets(logged())
  })

  test('a user who may do nothing is told so', async () => {
    const { app, logged } = doubling(withCredentials(mechanism(secured.guest)))
    const error = await failure(app.start())
    expect(error.code).toBe('FAUST_NOT_AUTHORIZED')
    expectNoSecrets(everythingOf(error) + logged())
  })
})

describe('refused at the start, at once and by name', () => {
  test.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'])('%s with a wrong password', async (name) => {
    const wrong = { username: secured.admin.username, password: 'a wrong one' }
    const { app, logged } = doubling(withCredentials(MECHANISMS[name]!(wrong)))
    const began = performance.now()
    const error = await failure(app.start())
    expect(error.code).toBe('FAUST_NOT_AUTHORIZED')
    expect(error.message).toContain(`Kafka broker ${secured.withCredentials[0]} refused the credentials`)
    expect(error.message).toContain('Check sasl')
    // What may pass by itself is tried again for half a minute.
    expect(performance.now() - began).toBeLessThan(20_000)
    // kafkajs has its own words for it: what it says is among what is looked through.
    expect(logged()).toContain('kafkajs')
    expect(everythingOf(error) + logged()).not.toContain(wrong.password)
  })

  test('a token that has run out', async () => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const expired = `${part({ alg: 'none' })}.${part({ sub: 'admin', iat: 1, exp: 1000 })}.`
    const oauthBearerProvider = () => Promise.resolve({ value: expired })
    const { app, logged } = doubling(withCredentials({ mechanism: 'oauthbearer', oauthBearerProvider }))
    const error = await failure(app.start())
    expect(error.code).toBe('FAUST_NOT_AUTHORIZED')
    expect(error.message).toContain('a token may have run out')
    expect(everythingOf(error) + logged()).not.toContain(expired)
  })

  test('a mechanism that the broker does not have', async () => {
    const sasl = { mechanism: 'aws', authorizationIdentity: 'i', accessKeyId: 'k', secretAccessKey: 'sss' } as const
    const error = await failure(doubling(withCredentials(sasl)).app.start())
    expect(error.code).toBe('FAUST_NOT_AUTHORIZED')
    expect(error.message).toContain('mechanism')
  })

  test('a certificate that nobody vouches for', async () => {
    const { app } = doubling({ ...withCredentials(MECHANISMS['PLAIN']!(secured.admin)), ssl: true })
    const error = await failure(app.start())
    expect(error.code).toBe('FAUST_BROKER_UNSUPPORTED')
    expect(error.message).toContain('SELF_SIGNED')
    expect(error.message).toContain('ssl.ca')
  })

  test('within half a minute, as it may pass: no TLS or no credentials where they are expected', async () => {
    const sasl = MECHANISMS['PLAIN']!(secured.admin)
    const limits = { connectionTimeout: 1_000 }
    const tried: readonly (readonly [KafkajsTransportOptions, string])[] = [
      [{ brokers: secured.withCredentials, sasl, ...limits }, 'ssl'],
      [{ brokers: kafka.brokers, ssl: { ca: secured.ca }, ...limits }, 'ssl'],
      [{ brokers: secured.withCredentials, ssl: { ca: secured.ca }, ...limits }, 'does it expect credentials (sasl)?'],
    ]
    const errors = await Promise.all(tried.map(([options]) => failure(doubling(options).app.start())))
    for (const [at, [, remedy]] of tried.entries()) {
      expect(['FAUST_BROKER_UNSUPPORTED', 'FAUST_TRANSPORT_UNAVAILABLE']).toContain(errors[at]?.code)
      expect(errors[at]?.message).toContain(remedy)
    }
    expectNoSecrets(everythingOf(errors))
  })
})

describe('certificates of clients', () => {
  test('an app works with one', async () => {
    const { ca, client, withCertificates } = secured
    const { app, seen, logged, send } = doubling({
      brokers: withCertificates,
      ssl: { ca, pfx: Buffer.from(client.pfx), passphrase: client.passphrase },
    })
    await app.start()
    await send(21)
    await expect.poll(() => seen).toEqual([42])
    await app.stop({ leave: true })
    expectNoSecrets(logged())
  })

  test('without one the broker refuses, which is not tried again', async () => {
    const { app } = doubling({ brokers: secured.withCertificates, ssl: { ca: secured.ca } })
    const error = await failure(app.start())
    expect(error.code).toBe('FAUST_BROKER_UNSUPPORTED')
    expect(error.message).toContain('ssl.cert')
  })
})
