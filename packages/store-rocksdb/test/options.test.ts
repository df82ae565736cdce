import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rocksdbStore } from '../src/index.ts'
import type { RocksdbStoreOptions } from '../src/index.ts'
import { at, bytes, open, started, temporary } from './helpers.ts'

test('a wrong option is refused with its name when the store is made', () => {
  const wrong: [string, Partial<RocksdbStoreOptions>][] = [
    ['directory', { directory: '' }],
    ['directory', {}],
    ['writeBufferSize', { writeBufferSize: 1000 }],
    ['blockSize', { blockSize: 1.5 }],
    ['bloomBits', { bloomBits: -1 }],
    ['maxOpenFiles', { maxOpenFiles: 0 }],
  ]
  for (const [name, options] of wrong) {
    const given = name === 'directory' ? options : { directory: 'x', ...options }
    expect(() => rocksdbStore(given as RocksdbStoreOptions)).toThrow(
      expect.objectContaining({
        code: 'FAUST_SETTING_INVALID',
        message: expect.stringContaining(`rocksdbStore: ${name} is`),
      }),
    )
  }
})

test('making a store touches nothing', () => {
  const directory = join(temporary(), 'state')
  rocksdbStore({ directory })
  expect(existsSync(directory)).toBe(false)
})

test('RocksDB takes the extremes of every option, also for data that were written with others', async () => {
  const directory = temporary()
  const extremes: Omit<RocksdbStoreOptions, 'directory'>[] = [
    {},
    { writeBufferSize: 65_536, blockSize: 1024, bloomBits: 0, maxOpenFiles: 20 },
    { writeBufferSize: 2 ** 30, blockSize: 2 ** 24, bloomBits: 30, maxOpenFiles: -1 },
  ]
  for (const [turn, options] of extremes.entries()) {
    const store = await started({ directory, ...options })
    const shard = await open(store)
    expect(shard.position).toEqual(turn === 0 ? null : at(turn - 1))
    await shard.write({ entries: [{ key: bytes(`turn-${turn}`), value: bytes('x') }], position: at(turn) })
    for (let before = 0; before <= turn; before++) {
      expect(await shard.get(bytes(`turn-${before}`))).toBeDefined()
    }
    await store.close()
  }
})
