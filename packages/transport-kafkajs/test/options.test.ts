import { isFaustError } from '@faust/core'
import { Kafka } from 'kafkajs'
import { expect, test } from 'vitest'
import { readOptions } from '../src/index.ts'

const brokers = ['localhost:9092']

test('defaults', () => {
  expect(readOptions({ brokers })).toEqual({
    brokers: [{ host: 'localhost', port: 9092 }],
    clientId: undefined,
    ssl: undefined,
    sasl: undefined,
    connectionTimeout: 10_000,
    requestTimeout: 30_000,
    codecs: {},
  })
  expect(readOptions({ brokers, ssl: false }).ssl).toBeUndefined()
})

test('addresses', () => {
  const given = ['kafka-1.example.com:9093', '10.0.0.1:1', '[::1]:65535', '[fe80::1%eth0]:9092']
  expect(readOptions({ brokers: given }).brokers.map(({ host }) => host)).toEqual([
    'kafka-1.example.com',
    '10.0.0.1',
    '::1',
    'fe80::1%eth0',
  ])
})

test.each([
  [null, 'kafkajsTransport: the options have to be an object such as { brokers: ["localhost:9092"] }'],
  [new Kafka({ brokers }), 'a client of your own is not taken'],
  [{}, 'brokers has to be a list such as ["localhost:9092"], not undefined'],
  [{ brokers: [] }, 'brokers is an empty list: name at least one'],
  [{ brokers: 'localhost:9092' }, 'brokers has to be a list such as ["localhost:9092"], not "localhost:9092"'],
  [{ brokers: ['localhost'] }, 'brokers has "localhost", which is not host:port'],
  [{ brokers: ['kafka://localhost:9092'] }, 'brokers has "kafka://localhost:9092", which is not host:port'],
  [{ brokers: ['a:1,b:2'] }, 'is not host:port'],
  [{ brokers: ['a:0'] }, 'is not host:port'],
  [{ brokers: ['a:65536'] }, 'is not host:port'],
  [{ brokers: ['::1:9092'] }, 'is not host:port'],
  [{ brokers: [undefined] }, 'brokers has undefined'],
  [{ brokers, clientId: '' }, 'clientId has to be a text'],
  [{ brokers, ssl: 'yes' }, 'ssl has to be true, false or an object'],
  [{ brokers, sasl: { username: 'u', password: 'p' } }, 'sasl needs a mechanism'],
  [{ brokers, connectionTimeout: 0 }, 'connectionTimeout has to be a whole number of ms from 1 to 2147483647, not 0'],
  [{ brokers, requestTimeout: 2 ** 31 }, 'requestTimeout has to be'],
  [{ brokers, requestTimeout: 1.5 }, 'requestTimeout has to be'],
])('%j', (options, message) => {
  let thrown: unknown
  try {
    readOptions(options as never)
  } catch (error) {
    thrown = error
  }
  expect(isFaustError(thrown, 'FAUST_SETTING_INVALID')).toBe(true)
  expect((thrown as Error).message).toContain(message)
})

test('nothing secret is shown', () => {
  const sasl = { username: 'u', password: 'my-password' } as never
  expect(() => readOptions({ brokers, sasl })).toThrow(/^(?!.*my-password)/)
})
