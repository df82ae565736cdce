import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ServicesError } from '../errors.ts'
import { externalNode } from '../external.ts'
import { ask } from '../net/ask.ts'
import { HOST, onFreePorts } from '../net/ports.ts'
import { Keeper } from '../process/keeper.ts'
import { Server } from '../process/server.ts'
import type { Redis, RedisOptions } from './api.ts'
import { redisBinary } from './binary.ts'

const START_TIMEOUT_MS = 120_000

/** Brings up Redis and resolves when it answers; or hands out what REDIS_URL names. */
export async function startRedis(options: RedisOptions = {}): Promise<Redis> {
  const given = (options.env ?? process.env)['REDIS_URL']?.trim()
  if (given !== undefined && given !== '') return externalRedis(given)
  const binary = await redisBinary()
  return onFreePorts(1, async ([port]) => {
    const keeper = await Keeper.open('faust-redis-')
    try {
      const node = await startServer(keeper, binary, port as number, options)
      const stop = (): Promise<void> => keeper.close()
      return { url: `redis://${node.address}`, external: false, node, stop, [Symbol.asyncDispose]: stop }
    } catch (error) {
      await keeper.close()
      throw error
    }
  })
}

async function startServer(keeper: Keeper, binary: string, port: number, options: RedisOptions): Promise<Server> {
  const dataDirectory = join(keeper.directory, 'data')
  await mkdir(dataDirectory)
  const properties: Record<string, string> = {
    bind: HOST,
    port: String(port),
    dir: dataDirectory,
    // So that data outlives kill() and restart(): what was answered is in the file.
    appendonly: 'yes',
    save: '',
    ...options.properties,
  }
  const address = `${HOST}:${port}`
  const server = new Server(keeper, {
    name: 'Redis',
    address,
    logFile: join(keeper.directory, 'server.log'),
    program: { file: binary, args: Object.entries(properties).flatMap(([key, value]) => [`--${key}`, value]) },
    answers: () => pongs(address),
    startTimeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
  })
  await server.start()
  return server
}

/** While it loads its data Redis answers, too, but with an error. */
async function pongs(address: string): Promise<boolean> {
  const answer = await ask(address, Buffer.from('PING\r\n'), (soFar) => soFar.includes('\r\n'))
  return answer?.toString() === '+PONG\r\n'
}

function externalRedis(url: string): Redis {
  if (!URL.canParse(url)) throw new ServicesError(`REDIS_URL must be like redis://host:6379, not "${url}".`)
  return {
    url,
    external: true,
    node: externalNode(new URL(url).host, 'REDIS_URL'),
    stop: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}
