import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

let built = false

/** What plain Node has to be told to load this package: its sources where Node runs TypeScript, else a fresh build. */
export function nodeArguments(): readonly string[] {
  if ('typescript' in process.features && process.features.typescript !== false) return ['--conditions=@faust/source']
  if (built) return []
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [compiler, '-b', fileURLToPath(new URL('..', import.meta.url))], { stdio: 'inherit' })
  built = true
  return []
}
