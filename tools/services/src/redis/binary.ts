import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { UnavailableError } from '../errors.ts'
import { fetched } from '../maven/fetched.ts'

/** The files of the embedded-redis jar, by Node's names for platform and architecture. */
const FILES: Readonly<Record<string, string>> = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
}

export async function redisBinary(): Promise<string> {
  const machine = `${process.platform}-${process.arch}`
  const file = FILES[machine]
  if (file === undefined) {
    throw new UnavailableError(`There is no Redis for ${machine} in the jar. Set REDIS_URL to one that runs.`)
  }
  const path = join(await fetched({ profile: 'redis' }), file)
  // A jar keeps no file modes.
  await chmod(path, 0o755)
  return path
}
