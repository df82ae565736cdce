import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)

export const root: string = fileURLToPath(new URL('../..', import.meta.url))
export const tsc: string = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/** A directory outside the repository, so that nothing of its `node_modules` is found from there. */
export function emptyDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'faust-packed-'))
}

/** Runs a command and answers what it printed; one that fails is an error with all that it said. */
export async function run(directory: string, command: string, ...args: string[]): Promise<string> {
  // What the repository's own package manager tells its scripts is not meant for another one, elsewhere.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_/i.test(name)))
  try {
    const { stdout } = await execute(command, args, { cwd: directory, env, timeout: 240_000 })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error })
  }
}

/** The package manager in the version that the repository asks for. */
export async function pnpm(directory: string, ...args: string[]): Promise<string> {
  const { packageManager } = readManifest(root) as { packageManager: string }
  return await run(directory, 'npx', '-y', packageManager, ...args)
}

/** Packs a folder of the repository, built, and answers the tarball. */
export async function pack(folder: string, into: string): Promise<string> {
  const answer = await pnpm(folder, 'pack', '--json', '--pack-destination', into)
  const { filename } = JSON.parse(answer.slice(answer.indexOf('{'))) as { filename: string }
  return join(into, basename(filename))
}

/**
 * Packs a package as its first release will be: with the number that changesets give it. Until then it is 0.0.0 here,
 * which the peer ranges of the others rightly refuse.
 */
export async function packReleased(name: string, into: string): Promise<string> {
  const tarball = await pack(join(root, 'packages', name), into)
  const manifest = await run(into, 'tar', '-xzOf', tarball, 'package/package.json')
  const { version } = JSON.parse(manifest) as { version: string }
  if (version !== '0.0.0') return tarball
  const unpacked = join(into, name)
  mkdirSync(unpacked)
  await run(into, 'tar', '-xzf', tarball, '-C', unpacked)
  writeManifest(join(unpacked, 'package'), { ...(JSON.parse(manifest) as object), version: '0.1.0' })
  await run(into, 'tar', '-czf', tarball, '-C', unpacked, 'package')
  return tarball
}

export function readManifest(directory: string): object {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as object
}

export function writeManifest(directory: string, manifest: object): void {
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
}
