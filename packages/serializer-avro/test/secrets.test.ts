import { shown } from '@faust-tools/test-support'
import { createApp } from '@faust/core'
import { expect, test } from 'vitest'
import { avro, schemaRegistry, type SchemaRegistryOptions } from '../src/index.ts'

const SECRET = 'pass-word-of-registry'
const BASIC = Buffer.from(`ann:${SECRET}`).toString('base64')

function expectNoSecret(value: unknown): void {
  const text = shown(value)
  for (const secret of [SECRET, BASIC]) expect(text).not.toContain(secret)
}

const ways: [string, Partial<SchemaRegistryOptions>][] = [
  ['password', { auth: { username: 'ann', password: SECRET } }],
  ['token', { auth: { token: SECRET } }],
  ['token of a function', { auth: { token: () => SECRET } }],
  ['headers', { headers: { authorization: `Bearer ${SECRET}` } }],
  ['a token that no header can hold', { auth: { token: `${SECRET}\nx` } }],
  ['a header that is none', { headers: { authorization: `${SECRET}\n\u{20AC}` } }],
]

test.each(ways)('credentials are shown neither by a registry nor by what fails: %s', async (_way, options) => {
  const registry = schemaRegistry({ url: 'http://127.0.0.1:1', retries: 0, ...options })
  const value = avro<number>('long', { registry })
  const app = createApp({ id: 'app' })
  app.topic('numbers', { value })
  for (const each of [registry, value, app, app.status()]) expectNoSecret(each)
  const error = await registry.register('s', '"int"').catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: expect.stringMatching(/^FAUST_(REGISTRY_UNAVAILABLE|SETTING_INVALID)$/) as string,
  })
  expectNoSecret(error)
})

test('an address with a password is refused without showing it', () => {
  for (const url of [`http://ann:${SECRET}@host`, `ftp://ann:${SECRET}@host`, `ann:${SECRET}@host`]) {
    let error: unknown
    try {
      schemaRegistry({ url })
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'FAUST_SETTING_INVALID' })
    expectNoSecret(error)
  }
})
