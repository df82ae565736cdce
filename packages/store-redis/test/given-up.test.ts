import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { temporary } from '@faust-tools/test-support'
import { createApp, embeddedTransport, silentLogger, systemClock } from '@faust/core'
import { expect, onTestFinished, test } from 'vitest'
import { redisStore } from '../src/index.ts'
import type { RedisStoreOptions } from '../src/index.ts'

/** A server that `answers` what it is asked, or nothing; ended after the test. */
async function server(
  answers?: (asked: string) => string,
): Promise<{ server: Server; url: string; open: () => number }> {
  const sockets = new Set<Socket>()
  const made = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (data) => answers !== undefined && socket.write(answers(String(data))))
  })
  await once(made.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    made.close()
  })
  return { server: made, url: `redis://127.0.0.1:${(made.address() as AddressInfo).port}`, open: () => sockets.size }
}

/** As a server that is ready, and silent when it is asked for its memory. */
const silentLater = (asked: string): string =>
  /memory/i.test(asked) ? '' : '$9\r\nloading:0\r\n'.repeat((asked.match(/^\*\d+\r$/gm) ?? []).length)

const ways: [string, () => Promise<RedisStoreOptions>][] = [
  ['refuses connections', async () => ({ url: 'redis://127.0.0.1:1' })],
  ['is a cluster that refuses them', async () => ({ cluster: ['redis://127.0.0.1:1', 'redis://127.0.0.1:2'] })],
  ['never answers', async () => ({ url: (await server()).url })],
  ['answers no more once it is ready', async () => ({ url: (await server(silentLater)).url })],
]

test.each(ways)('a start is given up when its signal fires, while the server %s', async (_, options) => {
  const store = redisStore({ ...(await options()), timeout: 60_000 })
  onTestFinished(() => store.close())
  const stop = new AbortController()
  const begun = performance.now()
  const starting = store.start({ app: 'app', clock: systemClock(), logger: silentLogger, signal: stop.signal })
  starting.catch(() => {})
  await new Promise((resolve) => void setTimeout(resolve, 300))
  const reason = new Error('the app is stopped')
  stop.abort(reason)
  await expect(starting).rejects.toBe(reason)
  await store.close()
  expect(performance.now() - begun).toBeLessThan(10_000)
})

test('a start whose signal has fired asks nobody', async () => {
  const { server: asked, url } = await server()
  let connections = 0
  asked.on('connection', () => connections++)
  const store = redisStore({ url })
  const reason = new Error('the app is stopped')
  const context = { app: 'app', clock: systemClock(), logger: silentLogger, signal: AbortSignal.abort(reason) }
  await expect(store.start(context)).rejects.toBe(reason)
  await store.close()
  expect(connections).toBe(0)
})

test('an app that waits for Redis stops when it is told to, and leaves no connection', async () => {
  const { open, url } = await server()
  const transport = embeddedTransport({ directory: temporary() })
  const app = createApp({ id: 'app', logger: silentLogger, transport, store: redisStore({ url, timeout: 60_000 }) })
  const starting = app.start()
  starting.catch(() => {})
  await expect.poll(open).toBe(1)
  await app.stop()
  await expect(starting).rejects.toMatchObject({ code: 'FAUST_ABORTED' })
  await expect.poll(open).toBe(0)
})
