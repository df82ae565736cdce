import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const oxlint = join(dirname(createRequire(join(root, 'package.json')).resolve('oxlint/package.json')), 'bin/oxlint')
/** The type-aware rules are a program of their own, which oxlint looks for here. */
const PATH = [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter)
const directory = mkdtempSync(join(tmpdir(), 'faust-lint-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Lints files in an empty repository with the rules of this one: `line rule` of each finding. */
function lint(files: Readonly<Record<string, string>>): string[] {
  rmSync(directory, { recursive: true, force: true })
  cpSync(join(root, '.oxlintrc.json'), join(directory, '.oxlintrc.json'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), text)
  }
  execFileSync('git', ['init', '--quiet'], { cwd: directory })
  const { stdout } = spawnSync(process.execPath, [oxlint, '--format=json'], {
    cwd: directory,
    env: { ...process.env, PATH },
    encoding: 'utf8',
  })
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code: string; labels: { span: { line: number } }[] }[]
  }
  return diagnostics.map(({ code, labels }) => `${labels[0]?.span.line} ${code}`).toSorted()
}

const CLOCKS = `import { setTimeout as wait } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
export const a = Date.now()
export const b = performance.now()
export const c = setTimeout(() => undefined, 5)
export const d = globalThis.setInterval(() => undefined, 5)
export const e = Math.random()
export const f = process.hrtime()
export const g = crypto.randomUUID()
export const h = AbortSignal.timeout(5)
export const i = setImmediate(() => undefined)
export const j = [wait, randomUUID]
`

test('core may use no clock and no chance but the injected ones', () => {
  expect(lint({ 'packages/core/src/app/app.ts': CLOCKS })).toEqual([
    '1 eslint(no-restricted-imports)',
    '10 eslint(no-restricted-properties)',
    '11 eslint(no-restricted-globals)',
    '2 eslint(no-restricted-imports)',
    '3 eslint(no-restricted-properties)',
    '4 eslint(no-restricted-globals)',
    '5 eslint(no-restricted-globals)',
    '6 eslint(no-restricted-globals)',
    '7 eslint(no-restricted-properties)',
    '8 eslint(no-restricted-properties)',
    '9 eslint(no-restricted-globals)',
  ])
})

test('the clock of core and other packages may', () => {
  expect(lint({ 'packages/core/src/service/clock.ts': CLOCKS, 'packages/web/src/index.ts': CLOCKS })).toEqual([])
})

test('files that import each other in a circle are found, types included', () => {
  expect(
    lint({
      'packages/web/src/a.ts': "import type { B } from './b.ts'\nexport interface A {\n  b: B\n}\n",
      'packages/web/src/b.ts': "import type { A } from './a.ts'\nexport interface B {\n  a: A\n}\n",
    }),
  ).toEqual(['1 import(no-cycle)', '1 import(no-cycle)'])
})
