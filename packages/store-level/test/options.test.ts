import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { levelStore } from '../src/index.ts'
import type { LevelStoreOptions } from '../src/index.ts'
import { temporary } from './helpers.ts'

test('a wrong option is refused with its name when the store is made', () => {
  const wrong: [string, LevelStoreOptions][] = [
    ['directory', { directory: '' }],
    ['directory', {} as LevelStoreOptions],
    ['cacheSize', { directory: 'x', cacheSize: -1 }],
    ['cacheSize', { directory: 'x', cacheSize: 2 ** 31 }],
    ['writeBufferSize', { directory: 'x', writeBufferSize: 1000 }],
    ['writeBufferSize', { directory: 'x', writeBufferSize: 100_000.5 }],
    ['restoreBufferSize', { directory: 'x', restoreBufferSize: 0 }],
  ]
  for (const [name, options] of wrong) {
    expect(() => levelStore(options)).toThrow(
      expect.objectContaining({
        code: 'FAUST_SETTING_INVALID',
        message: expect.stringContaining(`levelStore: ${name} is`),
      }),
    )
  }
})

test('making a store touches nothing', () => {
  const directory = join(temporary(), 'state')
  levelStore({ directory })
  expect(existsSync(directory)).toBe(false)
})
