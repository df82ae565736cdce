import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { loadNative } from '../src/native.ts'
import type { RocksDBModule } from '../src/rocksdb-native.ts'
import { temporary } from './helpers.ts'

test('RocksDB is loaded where its libraries are', () => {
  expect(loadNative()).toHaveProperty('BloomFilterPolicy')
})

test.runIf(process.platform === 'linux')('without libatomic the error says which package to install', () => {
  // The same binary, but asking for a library that no machine has. What it depends on stays a link to where that is
  // installed, and so finds what it needs itself.
  const installed = dirname(createRequire(import.meta.url).resolve('rocksdb-native'))
  const directory = temporary()
  const module = join(directory, 'node_modules', 'rocksdb-native')
  cpSync(join(installed, '..'), join(directory, 'node_modules'), {
    recursive: true,
    filter: (path) => !/prebuilds\/(?!linux)/.test(path) && !path.endsWith('.bare'),
  })
  const binary = join(module, 'prebuilds', `linux-${process.arch}`, 'rocksdb-native.node')
  const bytes = readFileSync(binary)
  for (let at = bytes.indexOf('libatomic.so.1'); at !== -1; at = bytes.indexOf('libatomic.so.1', at + 1)) {
    bytes.write('libatomic.so.9', at)
  }
  writeFileSync(binary, bytes)

  const load = (): RocksDBModule => createRequire(import.meta.url)(module) as RocksDBModule
  const refused = {
    code: 'FAUST_STORE_UNAVAILABLE',
    message: expect.stringMatching(
      /can't run on this machine: libatomic\.so\.9: cannot open.*apt-get install libatomic1.*@faust\/store-level/,
    ) as string,
  }
  expect(() => loadNative(load)).toThrow(expect.objectContaining(refused))
})

test('a platform without a binary is told what there is', () => {
  const missing = Object.assign(new Error("Cannot find addon '.'"), { code: 'ADDON_NOT_FOUND' })
  const load = (): never => {
    throw missing
  }
  const refused = {
    code: 'FAUST_STORE_UNAVAILABLE',
    message: expect.stringContaining(`no binary for ${process.platform}-${process.arch}`) as string,
    cause: missing,
  }
  expect(() => loadNative(load)).toThrow(expect.objectContaining(refused))
})
