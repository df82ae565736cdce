import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { directorySnapshots } from '../../../src/store/snapshot/directory-snapshots.ts'
import { collect } from '../../support/until.ts'

const { signal } = new AbortController()
let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapshots-'))
})
afterEach(() => rm(directory, { recursive: true }))

async function* text(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield new TextEncoder().encode(part)
}

test('gives back what was written, and lists it', async () => {
  const target = directorySnapshots({ directory: join(directory, 'new') })
  expect(await target.list('a-changelog/0/', signal)).toEqual([])
  await target.write('a-changelog/0/0001', text('one', 'two'), signal)
  expect(Buffer.concat(await collect(target.read('a-changelog/0/0001', signal))).toString()).toBe('onetwo')
  expect(await target.list('a-changelog/0/', signal)).toEqual(['a-changelog/0/0001'])
  expect(await target.list('a-changelog/1/', signal)).toEqual([])
  await expect(collect(target.read('a-changelog/0/0002', signal))).rejects.toThrow('ENOENT')
})

test('keeps the newest of each shard', async () => {
  const target = directorySnapshots({ directory, keep: 3 })
  for (let n = 1; n <= 5; n++) await target.write(`log/0/000${n}`, text(String(n)), signal)
  await target.write('log/1/0001', text('1'), signal)
  expect((await target.list('log/0/', signal)).toSorted()).toEqual(['log/0/0003', 'log/0/0004', 'log/0/0005'])
  expect(await target.list('log/1/', signal)).toEqual(['log/1/0001'])
})

test('a write that fails leaves nothing, and the old one as it was', async () => {
  const target = directorySnapshots({ directory })
  await target.write('log/0/0001', text('old'), signal)
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10)
    throw new Error('the disk of the store')
  }
  await expect(target.write('log/0/0001', failing(), signal)).rejects.toThrow('the disk of the store')
  expect(Buffer.concat(await collect(target.read('log/0/0001', signal))).toString()).toBe('old')
  expect(await readdir(join(directory, 'log/0'))).toEqual(['0001'])
})

test('refuses to keep fewer than two', () => {
  expect(() => directorySnapshots({ directory, keep: 1 })).toThrow('at least 2')
})
