// The road of somebody who writes a plugin: packages are packed as they are published, and installed where nothing of
// this repository can be reached.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  compile,
  emptyDirectory,
  installed,
  pack,
  packReleased,
  pnpm,
  readManifest,
  root,
  run,
  runUntil,
  writeManifest,
} from './packed.ts'
import { snippetsOf } from './snippets.ts'

const temporary: string[] = []
const scratch = (): string => {
  const directory = emptyDirectory()
  temporary.push(directory)
  return directory
}
let packed = { core: '', testing: '' }

beforeAll(async () => {
  packed = await packReleased(['core', 'testing'], scratch())
}, 120_000)

afterAll(() => {
  for (const directory of temporary) rmSync(directory, { recursive: true, force: true })
})

/** Compiles a program where it was installed, runs it, and sends Ctrl-C when it has printed `last`. */
async function runProgram(directory: string, program: string, last: string): Promise<string> {
  writeFileSync(join(directory, 'app.ts'), program)
  await compile(directory, ['app.ts'], { skipLibCheck: false })
  const { code, output, errors } = await runUntil(directory, 'app.js', last)
  expect(code, `${output}\n${errors}`).toBe(0)
  return output
}

test.each([
  ['plugin-store', 'faust-store-map', 'ann 2'],
  ['plugin-transport', 'faust-transport-metered', 'hello ann'],
])(
  'a copy of %s passes the kit on published packages, and runs in an empty project',
  async (folder, name, last) => {
    const example = join(root, 'examples', folder)
    const copy = scratch()
    cpSync(example, copy, {
      recursive: true,
      filter: (path) => path === example || !['node_modules', 'dist'].includes(basename(path)),
    })
    const overrides = { '@faust/core': `file:${packed.core}`, '@faust/testing': `file:${packed.testing}` }
    writeManifest(copy, { ...readManifest(copy), pnpm: { overrides } })
    await pnpm(copy, 'install', '--ignore-workspace', '--prefer-offline')
    const report = await pnpm(copy, 'test')
    expect(report).toMatch(/^. fail 0$/m)
    expect(Number(/^. pass (\d+)$/m.exec(report)?.[1])).toBeGreaterThan(30)

    writeManifest(copy, readManifest(example))
    const plugin = await pack(copy, copy)
    const project = scratch()
    writeManifest(project, { name: 'project', private: true, type: 'module' })
    await run(project, 'npm', 'install', '--offline', '--no-audit', '--no-fund', packed.core, plugin)
    expect(installed(project)).toEqual(['@faust/core', name])

    const [program] = snippetsOf('README.md', readFileSync(join(example, 'README.md'), 'utf8'))
    expect(await runProgram(project, program?.code ?? '', last)).toContain(`${last}\n`)
  },
  300_000,
)
