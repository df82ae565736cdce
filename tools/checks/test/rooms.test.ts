import { expect, test } from 'vitest'
import { memoryRepository } from '../src/repository.ts'
import { checkRooms } from '../src/rooms.ts'

const core = (files: Readonly<Record<string, string>>): ReturnType<typeof memoryRepository> =>
  memoryRepository(Object.fromEntries(Object.entries(files).map(([file, text]) => [`packages/core/src/${file}`, text])))

const problems = (files: Readonly<Record<string, string>>): string[] =>
  checkRooms(core(files)).map(
    ({ file, line, problem }) => `${file.replace('packages/core/src/', '')}:${line} ${problem}`,
  )

test('imports of lower rooms, of the same room and by the index are fine', () => {
  expect(
    problems({
      'index.ts': "export * from './app/app.ts'\nexport { clock } from './service/clock.ts'\n",
      'app/app.ts': "import { clock } from '../service/clock.ts'\nimport './settings.ts'\nexport const app = clock\n",
      'app/settings.ts': "import { join } from 'node:path'\nexport const at = join('a', 'b')\n",
      'service/clock.ts': 'export const clock = 1\n',
      'store/embedded/store.ts': "import type { Store } from '../store.ts'\nexport type Mine = Store\n",
      'store/store.ts': "import { clock } from '../service/clock.ts'\nexport type Store = typeof clock\n",
    }),
  ).toEqual([])
})

test('an import that climbs is found in every form it can take', () => {
  expect(
    problems({
      'app/app.ts': 'export const app = 1\n',
      'store/a.ts': "\nimport { app } from '../app/app.ts'\nexport const a = app\n",
      'store/b.ts': "import type { app } from '../app/app.ts'\nexport type B = typeof app\n",
      'store/c.ts': "export * from '../app/app.ts'\n",
      'store/d.ts': "export const d = () => import('../app/app.ts')\n",
      'store/e.ts': "export type E = import('../app/app.ts').App\n",
    }),
  ).toEqual([
    'store/a.ts:2 store imports app, which is above it',
    'store/b.ts:1 store imports app, which is above it',
    'store/c.ts:1 store imports app, which is above it',
    'store/d.ts:1 store imports app, which is above it',
    'store/e.ts:1 store imports app, which is above it',
  ])
})

test('the index is imported by no room', () => {
  expect(
    problems({
      'index.ts': 'export {}\n',
      'service/a.ts': "import * as all from '../index.ts'\nexport const a = all\n",
    }),
  ).toEqual(['service/a.ts:1 service imports the index of core'])
})

test('a file outside the rooms is found', () => {
  expect(problems({ 'util.ts': 'export const a = 1\n', 'misc/a.ts': 'export const a = 1\n' })).toEqual([
    'misc/a.ts:1 is in "misc", which is no room of core',
    'util.ts:1 is in no room of core',
  ])
})
