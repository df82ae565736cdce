// The road of somebody who writes a plugin: packages are packed as they are published, and installed where nothing of
// this repository can be reached.
import { spawn } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyDirectory, pack, packReleased, pnpm, readManifest, root, run, tsc, writeManifest } from './packed.ts'
import { snippetsOf } from './snippets.ts'

const temporary: string[] = []
const scratch = (): string => {
  const directory = emptyDirectory()
  temporary.push(directory)
  return directory
}
const packed = { core: '', testing: '', storeLevel: '' }

beforeAll(async () => {
  const tarballs = scratch()
  await run(root, process.execPath, tsc, '-b', ...['core', 'testing', 'store-level'].map((name) => `packages/${name}`))
  const names = ['core', 'testing', 'store-level']
  const [core = '', testing = '', storeLevel = ''] = await Promise.all(
    names.map((name) => packReleased(name, tarballs)),
  )
  Object.assign(packed, { core, testing, storeLevel })
}, 300_000)

afterAll(() => {
  for (const directory of temporary) rmSync(directory, { recursive: true, force: true })
})

/** Compiles a program where it was installed, runs it, and sends Ctrl-C when it has printed `last`. */
async function runProgram(directory: string, code: string, last: string): Promise<string> {
  writeFileSync(join(directory, 'app.ts'), code)
  const options = ['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,esnext.disposable,dom', '--strict']
  await run(directory, process.execPath, tsc, ...options, '--skipLibCheck', 'false', '--types', '', 'app.ts')
  const child = spawn(process.execPath, ['app.js'], { cwd: directory, timeout: 120_000, killSignal: 'SIGKILL' })
  let output = ''
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.includes(last)) child.kill('SIGINT')
  })
  const exit = await new Promise((resolve) => child.once('close', resolve))
  expect(exit, `${output}\n${errors}`).toBe(0)
  return output
}

/** Everything below `node_modules`, scopes opened. */
function installed(directory: string): string[] {
  const modules = join(directory, 'node_modules')
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`) : [name],
    )
    .toSorted()
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

const KEPT = `
import { createApp, embeddedTransport, json } from '@faust/core'
import { levelStore } from '@faust/store-level'

const transport = embeddedTransport({ directory: './data/log' })
const app = createApp({ id: 'visitors', transport, store: levelStore({ directory: './data/state' }) })
const visits = app.topic('visits', { value: json<string>() })
const counts = app.table('counts', { value: json<number>(), default: () => 0 })

app.agent('count', visits, { tables: [counts] }, async (stream) => {
  for await (const name of stream) console.log(name, await counts.update(name, (count) => count + 1))
})
app.task('visit', () => visits.send({ key: 'ann', value: 'ann' }))
await app.main()
`

test('an adapter brings its engine into an empty project and nothing of the other adapters', async () => {
  const project = scratch()
  const overrides = { '@faust/core': `file:${packed.core}` }
  writeManifest(project, { name: 'project', private: true, type: 'module', pnpm: { overrides } })
  await pnpm(project, 'add', '--ignore-workspace', '--prefer-offline', packed.core, packed.storeLevel)
  expect(installed(project)).toEqual(['@faust/core', '@faust/store-level'])
  const everything = readdirSync(join(project, 'node_modules/.pnpm/node_modules')).join(' ')
  expect(everything).toContain('abstract-level')
  expect(everything).not.toMatch(/kafka|rocksdb|redis|msgpack|yaml/)

  expect(await runProgram(project, KEPT, 'ann 1')).toContain('ann 1\n')
  expect(await runProgram(project, KEPT, 'ann 2')).toContain('ann 2\n')
}, 300_000)
