import { expect, test } from 'vitest'
import { memoryRepository } from '../src/repository.ts'
import { checkWords } from '../src/words.ts'

const found = (text: string, file = 'a.md'): string[] =>
  checkWords(memoryRepository({ [file]: text })).map(({ line, problem }) => `${line} ${problem}`)

/** Words and paths are put together here, so that this file passes its own check. */
const word = (...parts: string[]): string => parts.join('')
const path = (...parts: string[]): string => ['', ...parts].join('/')

test('words that promise later work are found', () => {
  expect(found(`fine\n// ${word('TO', 'DO')}: x\n// ${word('FIX', 'ME')} y\n`)).toHaveLength(2)
  expect(found(`This is not yet ${word('implement', 'ed')}.`)).toHaveLength(1)
  expect(found('FAUST_XXX, autodoc and hackers are fine')).toEqual([])
})

test('directories of one machine are found, relative paths and routes are not', () => {
  expect(found(`cd ${path('work', 'main')}\nls ${path('home', 'anna', 'faust')}\n"${path('tmp', 'x')}"`)).toHaveLength(
    3,
  )
  expect(found('./work/a, ~/tmp/b, $HOME/work/c, https://example.org/work/d, packages/core/tmp/x')).toEqual([])
})

test('registries are found', () => {
  expect(found(`https://${word('registry', '.npmjs.org')}/faust`)).toHaveLength(1)
  expect(found(`https://${word('repo', '.maven.apache.org')}/maven2`)).toHaveLength(1)
  expect(found('the registry of schemas, registry.get(name)')).toEqual([])
})

test('a lock file names no host', () => {
  expect(found(`resolution: {${word('tar', 'ball')}: https://x.example/a.tgz}`, 'pnpm-lock.yaml')).toHaveLength(2)
  expect(found('https://x.example/a.tgz', 'README.md')).toEqual([])
})

test('binary files are left alone', () => {
  expect(found(`\0${path('work', 'main')}`)).toEqual([])
})
