import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Redis, startRedis, until } from '../src/index.ts'
import { ask } from '../src/net/ask.ts'
import { isRunning } from './running.ts'

let redis: Redis

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

async function command(line: string, { node }: Redis = redis): Promise<string | undefined> {
  const lines = line.startsWith('GET') ? 2 : 1
  const answer = await ask(node.address, Buffer.from(`${line}\r\n`), (soFar) => {
    const text = soFar.toString()
    return text === '$-1\r\n' || text.split('\r\n').length > lines
  })
  return answer?.toString()
}

test('answers on the address of its URL', async () => {
  expect(redis.url).toBe(`redis://${redis.node.address}`)
  expect(redis.external).toBe(false)
  expect(await command('PING')).toBe('+PONG\r\n')
})

test('paused it is silent, resumed it answers again', async () => {
  await redis.node.pause()
  expect(await command('PING')).toBeUndefined()
  await redis.node.resume()
  await until('Redis to answer again', 60_000, async () => (await command('PING')) === '+PONG\r\n')
})

test('killed or stopped in order, it comes back on the same address with its data', async () => {
  await command('SET before kill')
  await redis.node.kill()
  expect(redis.node.state).toBe('stopped')
  await redis.node.restart()
  expect(await command('GET before')).toBe('$4\r\nkill\r\n')
  await redis.node.restart()
  expect(await command('GET before')).toBe('$4\r\nkill\r\n')
})

test('a second one lives beside it, with its own settings, and leaves nothing behind', async () => {
  const second = await startRedis({ properties: { maxmemory: '64mb', 'cluster-enabled': 'yes' } })
  expect(await command('CLUSTER MYID', second)).toMatch(/^\$40\r\n/)
  expect(await command('GET before')).toBe('$4\r\nkill\r\n')
  const pid = second.node.pid as number
  await second.stop()
  expect(isRunning(pid)).toBe(false)
  expect(existsSync(dirname(second.node.logFile))).toBe(false)
})

test('one that can not start says why', async () => {
  await expect(startRedis({ properties: { maxmemory: 'lots' } })).rejects.toThrow(/Redis ended before.*[^]*maxmemory/)
})
