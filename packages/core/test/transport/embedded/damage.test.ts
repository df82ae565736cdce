import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bounds, contents, produce } from './support/broker.ts'
import { temporaryDirectory } from './support/directory.ts'
import { open, partitionFile } from './support/files.ts'
import { record, SILENT } from './support/fixture.ts'

test('a file cut off at any byte gives all whole entries before the cut, and goes on from there', async () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.createTopics([{ name: 't', partitions: 1 }])
  const path = partitionFile(directory)
  const whole = [0]
  const ends: number[] = []
  for (const count of [1, 3, 2]) {
    produce(
      first,
      't',
      Array.from({ length: count }, (_, index) => record(`k${index}`, 'value')),
    )
    ends.push(statSync(path).size)
    whole.push((whole.at(-1) ?? 0) + count)
  }
  await first.close()
  const full = readFileSync(path)
  const warned: number[] = []
  const logger = { ...SILENT, warn: () => void warned.push(1) }
  for (let length = 0; length <= full.length; length++) {
    writeFileSync(path, full.subarray(0, length))
    const log = open(directory, { logger })
    const kept = whole[ends.filter((end) => end <= length).length] ?? 0
    expect(bounds(log, 't').highWatermark).toBe(kept)
    expect(warned.length).toBe([0, 8, ...ends].includes(length) ? 0 : 1)
    warned.length = 0
    expect(produce(log, 't', [record('after', 'cut')]).baseOffset).toBe(kept)
    await log.close()
    const again = open(directory, { logger })
    expect(contents(again, 't').at(-1)).toBe(`${kept}:after=cut`)
    expect(warned).toEqual([])
    await again.close()
  }
})

test('a byte changed anywhere before the last entry is found, and named', async () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.createTopics([{ name: 't', partitions: 1 }])
  const path = partitionFile(directory)
  produce(first, 't', [record('k', 'one'), record('k', 'two')])
  const last = statSync(path).size
  produce(first, 't', [record('k', 'three')])
  await first.close()
  const full = readFileSync(path)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: last - 1 }), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const damaged = Buffer.from(full)
      damaged[at] = (damaged[at] ?? 0) ^ change
      writeFileSync(path, damaged)
      expect(() => open(directory)).toThrow(expect.objectContaining({ code: 'FAUST_LOG_CORRUPT' }))
      expect(() => open(directory)).toThrow(path)
    }),
  )
  // The lock was given back every time, and the file as it was is read again.
  writeFileSync(path, full)
  const again = open(directory)
  expect(contents(again, 't')).toHaveLength(3)
  await again.close()
})

test('zeros behind the end, as a power cut may leave them, are cut off', async () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.createTopics([{ name: 't', partitions: 1 }])
  produce(first, 't', [record('k', 'v')])
  await first.close()
  appendFileSync(partitionFile(directory), Buffer.alloc(5000))
  const second = open(directory)
  expect(contents(second, 't')).toEqual(['0:k=v'])
  await second.close()
})

test('a directory is held by one log, and a lock that a dead process left is taken over', async () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  expect(() => open(directory)).toThrow(expect.objectContaining({ code: 'FAUST_LOG_DIRECTORY' }))
  expect(() => open(directory)).toThrow(directory)
  await first.close()
  for (const left of [
    { pid: 2 ** 22 + 1, started: '1' },
    { pid: process.pid, started: 'of another life' },
    'no json',
  ]) {
    writeFileSync(join(directory, 'lock'), JSON.stringify(left).slice(0, -1 + Number(left !== 'no json')))
    const again = open(directory)
    await again.close()
  }
  writeFileSync(join(directory, 'lock'), JSON.stringify({ pid: process.ppid, started: null }))
  expect(() => open(directory)).toThrow(String(process.ppid))
})

test('a directory that cannot be made or written is named, with what to do', () => {
  const directory = temporaryDirectory()
  const file = join(directory, 'file')
  writeFileSync(file, '')
  expect(() => open(join(file, 'log'))).toThrow(expect.objectContaining({ code: 'FAUST_LOG_DIRECTORY' }))
  expect(() => open(join(file, 'log'))).toThrow(file)
  if (process.getuid?.() === 0) return
  const readOnly = join(directory, 'read-only')
  mkdirSync(readOnly, { mode: 0o500 })
  expect(() => open(readOnly)).toThrow(expect.objectContaining({ code: 'FAUST_LOG_DIRECTORY' }))
  chmodSync(readOnly, 0o700)
})

test('a write that fails leaves nothing behind, and later ones work', async () => {
  const directory = temporaryDirectory()
  const log = open(directory)
  log.createTopics([{ name: 't', partitions: 1 }])
  // A directory where the file should be: the system refuses to write to it.
  mkdirSync(partitionFile(directory))
  expect(produce(log, 't', [record('k', 'refused')])).toMatchObject({ error: 56, baseOffset: -1 })
  expect(bounds(log, 't').highWatermark).toBe(0)
  rmdirSync(partitionFile(directory))
  expect(produce(log, 't', [record('k', 'stored')])).toMatchObject({ error: 0, baseOffset: 0 })
  await log.close()
  const again = open(directory)
  expect(contents(again, 't')).toEqual(['0:k=stored'])
  await again.close()
})
