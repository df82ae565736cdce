import { failure } from '@faust-tools/test-support'
import { Buffer } from 'node:buffer'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isUnavailable, neverSent } from '@faust/kafka'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ask, connect, metadataAnswer, until } from './support/connect.ts'
import { rawServer, scriptedBroker, versionsAnswer } from './support/scripted-broker.ts'
import type { Arrived } from './support/scripted-broker.ts'

/** For what is silent, and is waited for. */
const LIMITS = { connectionTimeout: 300, requestTimeout: 300 }

test('nobody listens', async () => {
  const server = await rawServer(() => {})
  await server.close()
  const connection = await connect({ brokers: [server.address] })
  const error = await failure(ask(connection))
  expect(isUnavailable(error)).toBe(true)
  expect(neverSent(error)).toBe(true)
  expect(error.message).toContain(`Could not connect to Kafka broker ${server.address} (`)
  expect(error.message).toContain('ECONNREFUSED')
})

test('a host that does not exist', async () => {
  const connection = await connect({ brokers: ['no-such-host.invalid:9092'] })
  const error = await failure(ask(connection))
  expect(isUnavailable(error)).toBe(true)
  expect(error.message).toContain('Could not connect to Kafka broker no-such-host.invalid:9092')
})

describe('something else than Kafka', () => {
  test('an HTTP server', async () => {
    const server = createServer((_request, response) => response.end('hello'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const connection = await connect({ brokers: [address] })
    const error = await failure(ask(connection))
    expect(error.code).toBe('FAUST_BROKER_UNSUPPORTED')
    expect(error.message).toContain(`What answers at ${address} is no Kafka broker: it says "HTTP/1.1 400 Bad Request`)
    expect(error.message).toContain('expect TLS exactly when ssl is set')
  })

  test('one that says nothing', async () => {
    const server = await rawServer(() => {})
    const connection = await connect({ brokers: [server.address], ...LIMITS })
    const error = await failure(ask(connection))
    expect(isUnavailable(error)).toBe(true)
    expect(error.message).toBe(
      `No answer as a Kafka broker gives it came from ${server.address} (not ready after 300 ms): is this a Kafka listener, ` +
        'and one with TLS just if ssl is set?',
    )
    await until(() => server.open() === 0)
  })

  test.each([
    ['text', Buffer.from('SSH-2.0-OpenSSH_9.6\r\n')],
    ['a size below zero', Buffer.from([0xff, 0xff, 0xff, 0xfe, 1, 2, 3, 4])],
    ['a size of nothing', Buffer.from([0, 0, 0, 0])],
    ['an answer that is too short', Buffer.from([0, 0, 0, 5, 0, 0, 0, 0, 1])],
  ])('one that sends %s', async (_what, bytes) => {
    const server = await rawServer((socket) => socket.once('data', () => socket.write(bytes)))
    const connection = await connect({ brokers: [server.address] })
    expect((await failure(ask(connection))).code).toBe('FAUST_BROKER_UNSUPPORTED')
    await until(() => server.open() === 0)
  })

  test('nonsense in the middle loses the connection, and nothing more', async () => {
    let mangle = true
    const broker = await scriptedBroker({
      onRequest(request) {
        if (mangle) request.socket.write(Buffer.from([0x80, 0, 0, 1, 9, 9, 9, 9]))
        else request.answer(metadataAnswer())
      },
    })
    const connection = await connect({ brokers: [broker.address] })
    const error = await failure(ask(connection))
    expect(isUnavailable(error) || error.code === 'FAUST_BROKER_UNSUPPORTED').toBe(true)
    mangle = false
    expect((await ask(connection)).clusterId).toBe('cluster')
  })
})

describe('TLS', () => {
  test('asked of a listener without it', async () => {
    const broker = await scriptedBroker({})
    const connection = await connect({ brokers: [broker.address], ssl: true, ...LIMITS })
    const error = await failure(ask(connection))
    expect(isUnavailable(error)).toBe(true)
    expect(error.message).toContain(`Could not connect to Kafka broker ${broker.address}`)
  })

  test('answered with something else: no try would help', async () => {
    const server = await rawServer((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    )
    const connection = await connect({ brokers: [server.address], ssl: true })
    const error = await failure(ask(connection))
    expect(error.code).toBe('FAUST_BROKER_UNSUPPORTED')
    expect(error.message).toContain(`TLS with Kafka broker ${server.address} failed (`)
    expect(error.message).toContain('Check ssl')
  })

  test('closing while it is agreed upon leaves no timer', async () => {
    const server = await rawServer(() => {})
    const timers = (): number => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
    const connection = await connect({ brokers: [server.address], ssl: true, connectionTimeout: 60_000 })
    const before = timers()
    const waiting = failure(ask(connection))
    await until(() => server.open() === 1)
    await connection.close()
    expect((await waiting).code).toBe('FAUST_CLOSED')
    await until(() => server.open() === 0)
    expect(timers()).toBeLessThanOrEqual(before)
  })
})

test('a broker that is too old is named, with what it lacks', async () => {
  const broker = await scriptedBroker({ versions: versionsAnswer([[3, 0, 5]]) })
  const connection = await connect({ brokers: [broker.address] })
  const error = await failure(ask(connection))
  expect(error.code).toBe('FAUST_BROKER_UNSUPPORTED')
  expect(error.message).toContain(`The Kafka broker ${broker.address} is too old: it does not speak`)
  expect(error.message).toContain('Metadata 11 (it has 0 to 5)')
  expect(error.message).toContain('Fetch 11 (it has none)')
})

test('a listener that wants credentials closes at the first request without them', async () => {
  const broker = await scriptedBroker({ onRequest: ({ socket }) => void socket.end() })
  const connection = await connect({ brokers: [broker.address] })
  const error = await failure(ask(connection))
  expect(isUnavailable(error)).toBe(true)
  expect(error.message).toContain('does it expect credentials (sasl)?')
})

describe('credentials', () => {
  const HANDSHAKE = 17
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)])

  /** An answer to SaslAuthenticate 1. */
  function authenticated(error: number, message: string, lifetime = 0n): Buffer {
    const end = Buffer.alloc(12)
    end.writeBigInt64BE(lifetime, 4)
    return Buffer.concat([Buffer.from([0, error]), text(message), end])
  }

  function listener(onAuthenticate: (request: Arrived) => void, mechanism = 'PLAIN') {
    const mechanisms = Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1]), text(mechanism)])
    return scriptedBroker({
      onRequest(request) {
        if (request.key === HANDSHAKE) request.answer(mechanisms)
        else if (request.key === 36) onAuthenticate(request)
        else request.answer(metadataAnswer())
      },
    })
  }

  const sasl = { mechanism: 'plain', username: 'ann', password: 'secret-word' } as const

  test('are sent once per connection, before anything else', async () => {
    const broker = await listener((request) => request.answer(authenticated(0, '')))
    const connection = await connect({ brokers: [broker.address], sasl })
    await Promise.all([ask(connection), ask(connection)])
    await ask(connection, 'join')
    expect(broker.requests.map(({ key, connection }) => `${connection}:${key}`)).toEqual([
      '0:17',
      '0:36',
      '0:3',
      '0:3',
      '1:17',
      '1:36',
      '1:3',
    ])
  })

  test('refused', async () => {
    const broker = await listener((request) => request.answer(authenticated(58, 'Authentication failed')))
    const connection = await connect({ brokers: [broker.address], sasl })
    const error = await failure(ask(connection))
    expect(error.code).toBe('FAUST_NOT_AUTHORIZED')
    expect(error.message).toContain(`Kafka broker ${broker.address} refused the credentials`)
    expect(error.message).not.toContain('secret-word')
    await until(() => broker.open() === 0)
  })

  test('a mechanism that the listener does not have', async () => {
    const broker = await listener(() => {})
    const connection = await connect({ brokers: [broker.address], sasl: { ...sasl, mechanism: 'scram-sha-256' } })
    const error = await failure(ask(connection))
    expect(error.code).toBe('FAUST_NOT_AUTHORIZED')
    expect(error.message).toContain('SCRAM-SHA-256')
  })

  test('a connection that breaks meanwhile is no refusal, and silence is bounded', async () => {
    const broker = await listener(({ socket, connection }) => void (connection === 0 && socket.resetAndDestroy()))
    const connection = await connect({ brokers: [broker.address], sasl, ...LIMITS })
    expect(isUnavailable(await failure(ask(connection)))).toBe(true)
    const silent = await failure(ask(connection))
    expect(isUnavailable(silent)).toBe(true)
    expect(silent.message).toContain('not ready after 300 ms')
  })

  test('a provider that fails is no refusal either', async () => {
    const broker = await listener(() => {}, 'OAUTHBEARER')
    const oauthBearerProvider = () => Promise.reject(new Error('the token server is down'))
    const connection = await connect({
      brokers: [broker.address],
      sasl: { mechanism: 'oauthbearer', oauthBearerProvider },
    })
    const error = await failure(ask(connection))
    expect(isUnavailable(error)).toBe(true)
    expect(error.message).toContain('the token server is down')
  })

  test('a session that runs out is followed by another connection, and nothing in flight is lost', async () => {
    const broker = await listener((request) => request.answer(authenticated(0, '', 500n)))
    const connection = await connect({ brokers: [broker.address], sasl })
    const began = performance.now()
    while (performance.now() - began < 1_000) {
      await Promise.all([ask(connection), ask(connection)])
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect(broker.sockets.length).toBeGreaterThanOrEqual(2)
    expect(broker.sockets.length).toBeLessThanOrEqual(8)
    await until(() => broker.open() === 1)
    expect(broker.requests.filter(({ key }) => key === 36)).toHaveLength(broker.sockets.length)
  })
})
