import { expect, inject, test } from 'vitest'
import { ask } from '../src/net/ask.ts'

test('a test of the project redis finds a server that answers', async () => {
  const { host } = new URL(inject('redisUrl'))
  const answer = await ask(host, Buffer.from('PING\r\n'), (soFar) => soFar.includes('\r\n'))
  expect(answer?.toString()).toBe('+PONG\r\n')
})
