import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { SceneReport } from '../src/scene.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

/** Workers are what a user starts: compiled. */
export function buildWorkers(): void {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  execFileSync(process.execPath, [tsc, '-b'], { cwd: PACKAGE, stdio: 'inherit' })
}

/** Everything is right, and there was something to be wrong. */
export function expectRight({ findings, sent, snapshots }: SceneReport): void {
  expect(findings).toEqual([])
  expect(sent).toBeGreaterThan(0)
  expect(snapshots).toBeGreaterThan(1)
}
