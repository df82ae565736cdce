import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { PortTakenError, ServicesError } from '../errors.ts'

export const HOST = '127.0.0.1'

/**
 * Below the range from which systems take the ports of outgoing connections (Linux 32768, macOS 49152): a server that
 * is restarted must find its port still free.
 */
const FIRST = 20_000
const LAST = 32_000
const ATTEMPTS = 5

/** Different ports on which nobody listens at this moment. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  for (let tried = 0; ports.size < count; tried += 1) {
    if (tried > LAST - FIRST) throw new ServicesError(`No free port between ${FIRST} and ${LAST} on ${HOST}.`)
    const port = randomInt(FIRST, LAST)
    if (await isFree(port)) ports.add(port)
  }
  return [...ports]
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen({ port, host: HOST, exclusive: true }), 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}

/** Starts on free ports, and again on others when somebody was quicker. */
export async function onFreePorts<T>(count: number, start: (ports: readonly number[]) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePorts(count))
    } catch (error) {
      if (!(error instanceof PortTakenError) || attempt === ATTEMPTS) throw error
    }
  }
}
