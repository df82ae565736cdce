import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { listening, shown } from '@faust-tools/test-support'
import { createApp, systemClock } from '@faust/core'
import type { Logger, Store } from '@faust/core'
import { expect, onTestFinished, test } from 'vitest'
import { redisStore } from '../src/index.ts'
import type { RedisStoreOptions } from '../src/index.ts'

const SECRET = 'pass-word-of-redis'
const url = `redis://ann:${SECRET}@127.0.0.1:1`

/** Why a store does not start. */
async function failure(store: Store, logger: Logger): Promise<unknown> {
  try {
    await store.start({ app: 'app', clock: systemClock(), logger })
  } catch (error) {
    return error
  }
  return undefined
}

const ways: [string, RedisStoreOptions][] = [
  ['url', { url }],
  ['cluster', { cluster: [url, url.replace(':1', ':2')] }],
  ['options of ioredis', { url: 'redis://127.0.0.1:1', redis: { username: 'ann', password: SECRET } }],
]

test.each(ways)('a password is shown neither by the store nor by a refused connection: %s', async (_way, options) => {
  const { lines, logger } = listening()
  const store = redisStore({ ...options, timeout: 300 })
  onTestFinished(() => store.close())
  const app = createApp({ id: 'app', logger, store: redisStore({ ...options, timeout: 300 }) })
  expect(shown(store)).not.toContain(SECRET)
  expect(shown(app) + JSON.stringify(app.status())).not.toContain(SECRET)

  const error = await failure(store, logger)
  expect(error).toMatchObject({ code: 'FAUST_STORE_UNAVAILABLE' })
  expect(shown(error)).not.toContain(SECRET)
  expect(shown(store)).not.toContain(SECRET)
  expect(shown(lines)).not.toContain(SECRET)
})

test('a server that refuses the password gets it, and nobody else', async () => {
  let heard = ''
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      heard += String(data)
      // To each command of what may be several.
      const commands = String(data).match(/^\*\d+\r$/gm) ?? []
      socket.write('-WRONGPASS invalid username-password pair or user is disabled.\r\n'.repeat(commands.length))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const { lines, logger } = listening()
  const store = redisStore({ url: `redis://ann:${SECRET}@127.0.0.1:${(server.address() as AddressInfo).port}` })
  onTestFinished(() => store.close())
  const error = await failure(store, logger)
  expect(error).toMatchObject({ code: 'FAUST_STORE_UNAVAILABLE' })
  expect(heard).toContain(SECRET)
  for (const each of [error, store, lines]) expect(shown(each)).not.toContain(SECRET)
})

test('wrong options do not show it either', () => {
  for (const options of [{ url: `http://ann:${SECRET}@host` }, { url, cluster: [url] }, { cluster: url }]) {
    let error: unknown
    try {
      redisStore(options as RedisStoreOptions)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'FAUST_SETTING_INVALID' })
    expect(shown(error)).not.toContain(SECRET)
  }
})
