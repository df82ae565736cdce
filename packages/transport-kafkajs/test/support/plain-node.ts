import { execFileSync, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a script of this folder in a Node of its own, which has to end by itself within a minute. */
export function runAlone(script: string, ...args: readonly string[]): Run {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const given = [...nodeArguments(), '--trace-warnings', path, ...args]
  // What a shell around the tests may have set must not show up in there.
  const env = { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '', NODE_ENV: '' }
  return spawnSync(process.execPath, given, { encoding: 'utf8', timeout: 60_000, env })
}

/** What plain Node has to be told to load this package: its sources where Node runs TypeScript, else a fresh build. */
function nodeArguments(): readonly string[] {
  if ('typescript' in process.features && process.features.typescript !== false) return ['--conditions=@faust/source']
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
  execFileSync(process.execPath, [compiler, '-b', fileURLToPath(new URL('../..', import.meta.url))], {
    stdio: 'inherit',
  })
  return []
}
