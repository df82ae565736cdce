import { join } from 'node:path'
import { ServicesError } from '../errors.ts'
import { externalNode } from '../external.ts'
import { FAST_START, javaCommand, requireJava } from '../java.ts'
import { fetched } from '../maven/fetched.ts'
import { HOST, onFreePorts } from '../net/ports.ts'
import { Keeper } from '../process/keeper.ts'
import { Server } from '../process/server.ts'
import type { Registry, RegistryOptions } from './api.ts'

const VERSION = '3.0.9'
const JAVA = 17
/** Long, as on few cores that others use it is up after a minute. */
const START_TIMEOUT_MS = 240_000
const ASK_TIMEOUT_MS = 5000
const INTERFACE = '/apis/ccompat/v7'

/** Brings up Apicurio Registry and resolves when it answers; or hands out what APICURIO_URL names. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const given = (options.env ?? process.env)['APICURIO_URL']?.trim()
  if (given !== undefined && given !== '') return externalRegistry(given)
  await requireJava(JAVA)
  const directory = await fetched({ profile: 'apicurio', properties: { 'apicurio.version': VERSION } })
  return onFreePorts(1, async ([port]) => {
    const keeper = await Keeper.open('faust-registry-')
    try {
      const node = serverOn(`${HOST}:${port}`, keeper, directory, options)
      await node.start()
      const stop = (): Promise<void> => keeper.close()
      return { url: urlOf(node.address), external: false, node, stop, [Symbol.asyncDispose]: stop }
    } catch (error) {
      await keeper.close()
      throw error
    }
  })
}

function serverOn(address: string, keeper: Keeper, directory: string, options: RegistryOptions): Server {
  const { hostname, port } = new URL(`http://${address}`)
  // Its database is in memory unless it is told otherwise.
  const properties = { 'quarkus.http.host': hostname, 'quarkus.http.port': port, ...options.properties }
  const settings = Object.entries(properties).map(([key, value]) => `-D${key}=${value}`)
  const jar = join(directory, `apicurio-registry-app-${VERSION}-runner.jar`)
  return new Server(keeper, {
    name: 'Apicurio Registry',
    address,
    logFile: join(keeper.directory, 'server.log'),
    program: { file: javaCommand(), args: [...FAST_START, '-Xmx512m', ...settings, '-jar', jar] },
    answers: () => listsSubjects(urlOf(address)),
    startTimeoutMs: options.startTimeoutMs ?? START_TIMEOUT_MS,
  })
}

function urlOf(address: string): string {
  return `http://${address}${INTERFACE}`
}

/** It takes connections before its database is ready: then it answers, but with an error. */
async function listsSubjects(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) })
    await answer.arrayBuffer()
    return answer.ok
  } catch {
    return false
  }
}

function externalRegistry(given: string): Registry {
  const parsed = URL.canParse(given) ? new URL(given) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new ServicesError(`APICURIO_URL must be like http://host:8080${INTERFACE}, not "${given}".`)
  }
  return {
    url: given,
    external: true,
    node: externalNode(parsed.host, 'APICURIO_URL'),
    stop: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}
