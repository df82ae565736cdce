import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)

export const root: string = fileURLToPath(new URL('../..', import.meta.url))
const tsc: string = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

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
 * Builds packages, and packs them as their first release will be: with the number that changesets give it. Until then it is 0.0.0
 * here, which the peer ranges of the others rightly refuse. Answers the tarballs by the folders' names.
 */
export async function packReleased<Name extends string>(
  names: readonly Name[],
  into: string,
): Promise<Record<Name, string>> {
  await run(root, process.execPath, tsc, '-b', ...names.map((name) => `packages/${name}`))
  const filters = names.flatMap((name) => ['--filter', `./packages/${name}`])
  await pnpm(root, '--recursive', ...filters, 'pack', '--pack-destination', into)
  const tarballs = names.map(async (name) => {
    const { version } = readManifest(join(root, 'packages', name)) as { version: string }
    const tarball = join(into, `faust-${name}-${version}.tgz`)
    if (version === '0.0.0') await renumber(tarball, join(into, name))
    return [name, tarball] as const
  })
  return Object.fromEntries(await Promise.all(tarballs)) as Record<Name, string>
}

async function renumber(tarball: string, unpacked: string): Promise<void> {
  mkdirSync(unpacked)
  await run(unpacked, 'tar', '-xzf', tarball)
  const contents = join(unpacked, 'package')
  writeManifest(contents, { ...readManifest(contents), version: '0.1.0' })
  await run(unpacked, 'tar', '-czf', tarball, 'package')
}

/** Compiles programs where their packages are installed, as strictly as their users may. */
export async function compile(
  directory: string,
  files: readonly string[],
  { skipLibCheck }: { readonly skipLibCheck: boolean },
): Promise<void> {
  const options = ['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,esnext.disposable,dom', '--strict']
  await run(directory, process.execPath, tsc, ...options, '--skipLibCheck', `${skipLibCheck}`, '--types', '', ...files)
}

/** What a program printed before it ended. */
export interface Ended {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** Runs a program, and sends it Ctrl-C when it has printed `last`. */
export async function runUntil(directory: string, file: string, last: string): Promise<Ended> {
  const child = spawn(process.execPath, [file], { cwd: directory, timeout: 60_000, killSignal: 'SIGKILL' })
  let output = ''
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.includes(last)) child.kill('SIGINT')
  })
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output, errors }))
  })
}

/** Everything below `node_modules`, scopes opened; nothing where there is none. */
export function installed(directory: string, modules = 'node_modules'): string[] {
  const path = join(directory, modules)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(path, name)).map((inner) => `${name}/${inner}`) : [name],
    )
    .toSorted()
}

export function readManifest(directory: string): object {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as object
}

export function writeManifest(directory: string, manifest: object): void {
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
}
