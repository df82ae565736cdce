import { expect, test } from 'vitest'
import { checkErrorCodes } from '../src/error-codes.ts'
import { memoryRepository } from '../src/repository.ts'

const CODES = 'packages/core/src/service/error-codes.ts'
const PAGE = 'docs/errors.md'
const USE = 'packages/store-level/src/index.ts'
const section = (code: string): string => `## ${code}\n\n**What.** It.\n\n**Why.** So.\n\n**Do.** This.\n\n`
const codes = (...names: string[]): string =>
  `export const ERROR_CODES = [\n${names.map((name) => `  '${name}',\n`).join('')}] as const\n`

const problems = (files: Readonly<Record<string, string>>): string[] =>
  checkErrorCodes(memoryRepository(files)).map(({ file, line, problem }) => `${file}:${line} ${problem}`)

test('nothing is found before there are codes', () => {
  expect(problems({ 'packages/core/src/index.ts': 'export const a = 1\n' })).toEqual([])
})

test('codes that are declared, used and explained are fine', () => {
  expect(
    problems({
      [CODES]: codes('FAUST_A'),
      [PAGE]: `# Errors\n\n${section('FAUST_A')}## Codes of others\n\nTheirs.\n`,
      [USE]: "export const a = 'FAUST_A'\n",
    }),
  ).toEqual([])
})

test('each of the three has to know every code', () => {
  expect(
    problems({
      [CODES]: codes('FAUST_A', 'FAUST_B'),
      [PAGE]: `# Errors\n\n${section('FAUST_A')}${section('FAUST_C')}`,
      [USE]: "export const a = 'FAUST_A'\nexport const d = 'FAUST_D'\n",
    }),
  ).toEqual([
    `${PAGE}:11 FAUST_C is no code of ${CODES}`,
    `${CODES}:3 FAUST_B is not explained`,
    `${CODES}:3 FAUST_B is never thrown`,
    `${USE}:2 FAUST_D is not declared`,
  ])
})

test('a section has to say what, why and what to do, once', () => {
  expect(
    problems({
      [CODES]: codes('FAUST_A'),
      [PAGE]: `${section('FAUST_A')}## \`FAUST_A\`\n\n**What.** It.\n`,
      [USE]: "export const a = 'FAUST_A'\n",
    }),
  ).toEqual([`${PAGE}:9 FAUST_A is explained twice`, `${PAGE}:9 FAUST_A does not say: Why, Do`])
})

test('a code that only the conformance kits expect is never thrown', () => {
  expect(
    problems({
      [CODES]: codes('FAUST_A'),
      [PAGE]: section('FAUST_A'),
      'packages/testing/src/a.ts': "export const a = 'FAUST_A'\n",
    }),
  ).toEqual([`${CODES}:2 FAUST_A is never thrown`])
})

test('a code that a contract demands of adapters counts, though none of ours throws it', () => {
  expect(
    problems({
      [CODES]: codes('FAUST_A'),
      [PAGE]: section('FAUST_A'),
      'packages/core/src/store/store.ts': '/** Rejects with `FAUST_A`. */\nexport interface Store {}\n',
    }),
  ).toEqual([])
})
