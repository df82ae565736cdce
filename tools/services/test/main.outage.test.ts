import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { liveBrokers, until } from '../src/index.ts'
import { isRunning } from './running.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

interface Started {
  readonly command: ChildProcess
  readonly pids: readonly number[]
  readonly directories: readonly string[]
  readonly printed: string
}

/** The command is what a user starts: compiled, in a process of its own. */
beforeAll(() => {
  execFileSync(join(PACKAGE, 'node_modules/.bin/tsc'), ['-b'], { cwd: PACKAGE })
})

async function start(...args: string[]): Promise<Started> {
  const command = spawn(process.execPath, ['dist/main.js', ...args], { cwd: PACKAGE })
  onTestFinished(() => void command.kill('SIGKILL'))
  let printed = ''
  for (const output of [command.stdout, command.stderr]) output.on('data', (chunk) => (printed += String(chunk)))
  await until(
    'the servers to be up',
    180_000,
    () => printed.includes('Ctrl-C'),
    async () => printed,
  )
  return {
    command,
    pids: [...printed.matchAll(/pid (\d+)/g)].map((match) => Number(match[1])),
    directories: [...printed.matchAll(/log (.*)/g)].map((match) => dirname(match[1] as string)),
    printed,
  }
}

test('prints where the servers are, and Ctrl-C leaves nothing behind', async () => {
  const { command, pids, directories, printed } = await start()
  const brokers = /^export KAFKA_BROKERS=(.*)$/m.exec(printed)?.[1] as string
  expect(printed).toMatch(/^export REDIS_URL=redis:\/\/127\.0\.0\.1:\d+$/m)
  await until('Kafka to answer', 60_000, async () => (await liveBrokers(brokers)).includes(0))
  expect(pids.map(isRunning)).toEqual([true, true])

  command.kill('SIGINT')
  const [code] = (await once(command, 'exit')) as [number]
  expect(code).toBe(0)
  expect(pids.map(isRunning)).toEqual([false, false])
  expect(directories.map((directory) => existsSync(directory))).toEqual([false, false])
})

test('killed without a chance to clean up it leaves nothing behind either, not even stopped servers', async () => {
  const { command, pids, directories } = await start()
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  command.kill('SIGKILL')
  await until('the servers to be gone', 60_000, () => !pids.some(isRunning))
  await until('their directories to be gone', 60_000, () => !directories.some((directory) => existsSync(directory)))
})

test('says what is wrong with its arguments', async () => {
  const command = spawn(process.execPath, ['dist/main.js', '--nodes', 'many'], { cwd: PACKAGE })
  let complaint = ''
  command.stderr.on('data', (chunk) => (complaint += String(chunk)))
  const [code] = (await once(command, 'close')) as [number]
  expect(code).toBe(1)
  expect(complaint).toContain('nodes must be 1 or more')
})
