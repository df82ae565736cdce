import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DirectoryLock } from '../../../src/transport/embedded/files/directory-lock.ts'
import { until } from '../../support/until.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'faust-lock-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const held = (pid: number, started: string | null): void =>
  writeFileSync(join(directory, 'lock'), JSON.stringify({ pid, started }))
const stat = (pid: number): string[] => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

test('one at a time, and again after the release', () => {
  const first = new DirectoryLock(directory)
  expect(() => new DirectoryLock(directory)).toThrow(/in use by another log of this process/)
  first.release()
  new DirectoryLock(directory).release()
  expect(existsSync(join(directory, 'lock'))).toBe(false)
})

test('a lock of a process that is gone, or whose number is somebody else now, is taken over', () => {
  held(2 ** 22 + 1, null)
  new DirectoryLock(directory).release()
  if (process.platform !== 'linux') return
  held(process.pid, 'another time')
  new DirectoryLock(directory).release()
})

// Only Linux tells in files who is a zombie.
test.runIf(process.platform === 'linux')('a zombie holds nothing', async () => {
  // The shell turns into a program that never asks for the end of its child, which lives until the pipe is closed: a
  // shell that is still one when its child ends would reap it.
  const parent = spawn('sh', ['-c', 'cat <&3 >/dev/null & echo $!; exec sleep 60 3<&-'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  })
  try {
    let printed = ''
    parent.stdout!.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    const program = (): string => readFileSync(`/proc/${parent.pid}/comm`, 'utf8').trim()
    await until('the shell has become the other program', () => printed.includes('\n') && program() === 'sleep')
    const pid = Number(printed)
    ;(parent.stdio[3] as Writable).end()
    await until('the child has ended', () => stat(pid)[0] === 'Z')
    held(pid, stat(pid)[19]!)
    new DirectoryLock(directory).release()
  } finally {
    parent.kill('SIGKILL')
  }
})
