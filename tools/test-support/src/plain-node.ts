import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const built = new Set<string>()

/**
 * What plain Node has to be told to load the package in whose `test` folder `file` is: its sources where Node runs
 * TypeScript, else a fresh build.
 */
export function nodeArguments(file: string | URL): readonly string[] {
  if ('typescript' in process.features && process.features.typescript !== false) return ['--conditions=@faust/source']
  const folder = fileURLToPath(new URL('..', file))
  if (built.has(folder)) return []
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [compiler, '-b', folder], { stdio: 'inherit' })
  built.add(folder)
  return []
}
