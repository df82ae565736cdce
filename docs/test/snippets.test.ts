import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { pagesOf } from './pages.ts'
import { MODES, snippetsOf, type Snippet } from './snippets.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Below docs, so that its dependencies are found; ignored by git. */
const workshop = join(root, 'docs/.snippets')
const compiled = join(workshop, 'compiled')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

const snippets = pagesOf(root).flatMap((page) => snippetsOf(page, readFileSync(join(root, page), 'utf8')))
const whole = snippets.filter(({ mode }) => mode !== undefined && mode !== 'excerpt')
const programs = whole.filter(({ mode }) => mode === 'run' || mode === 'interrupt')
const placeOf = ({ page, line }: Snippet): string => `${page}:${line}`
const stemOf = ({ page, line }: Snippet): string => `${page.replace(/\.md$/, '').replaceAll('/', '__')}.${line}`

/** What the compiler says, with the lines of the pages: each file starts with as many empty lines as its page has. */
function compile(): string {
  rmSync(workshop, { recursive: true, force: true })
  mkdirSync(workshop, { recursive: true })
  for (const snippet of whole) {
    writeFileSync(join(workshop, `${stemOf(snippet)}.ts`), '\n'.repeat(snippet.line - 1) + snippet.code)
  }
  const options = {
    noEmit: false,
    outDir: 'compiled',
    rootDir: root,
    composite: false,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
  }
  const project = { extends: '../../tsconfig.base.json', compilerOptions: options, include: ['*.ts'] }
  writeFileSync(join(workshop, 'tsconfig.json'), JSON.stringify(project))
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', workshop, '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
  })
  return whole.reduce(
    (text, snippet) => text.replaceAll(`docs/.snippets/${stemOf(snippet)}.ts`, snippet.page),
    stdout.trim(),
  )
}

/** The packages that pages may use, as they are published: a program of a page imports them the way its reader does. */
function build(): string {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'docs/package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const projects = Object.keys(devDependencies)
    .filter((name) => name.startsWith('@faust/'))
    .map((name) => join(root, 'packages', name.slice('@faust/'.length)))
  return spawnSync(process.execPath, [tsc, '-b', ...projects], { cwd: root, encoding: 'utf8' }).stdout.trim()
}

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
  readonly errors: string
}

/** Runs a program in an empty directory of its own; one that waits for Ctrl-C gets it after its first words. */
async function run(snippet: Snippet): Promise<Ended> {
  const directory = join(workshop, 'runs', stemOf(snippet))
  mkdirSync(directory, { recursive: true })
  const child = spawn(process.execPath, [join(compiled, 'docs/.snippets', `${stemOf(snippet)}.js`)], {
    cwd: directory,
    timeout: 120_000,
    killSignal: 'SIGKILL',
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  if (snippet.mode === 'interrupt') {
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGINT'), 500))
  }
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, output, errors }))
  })
}

test('every TypeScript block says whether it compiles and runs', () => {
  const silent = snippets.filter(({ mode }) => mode === undefined).map(placeOf)
  expect(silent, `write one of ${MODES.join(', ')} behind the word ts`).toEqual([])
})

let complaints = ''
beforeAll(() => {
  if (whole.length > 0) complaints = compile()
}, 240_000)

test('every block that is a whole program compiles', () => {
  expect(complaints).toBe('')
})

describe.runIf(programs.length > 0)('programs of the pages', () => {
  beforeAll(() => {
    const problems = build()
    if (problems !== '') throw new Error(`The packages do not build:\n${problems}`)
  }, 240_000)

  test.each(programs.map((snippet) => [placeOf(snippet), snippet] as const))(
    '%s runs',
    async (_place, snippet) => {
      const { code, signal, output, errors } = await run(snippet)
      expect({ code, signal }, `${output}\n${errors}`).toEqual({ code: 0, signal: null })
      expect(output).toBe(snippet.output ?? output)
    },
    180_000,
  )
})
