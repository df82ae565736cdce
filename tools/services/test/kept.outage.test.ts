import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { kafkaTool, startKafka } from '../src/index.ts'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const TOPICS = 'org.apache.kafka.tools.TopicCommand'

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'faust-kept-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

beforeAll(() => {
  execFileSync(join(PACKAGE, 'node_modules/.bin/tsc'), ['-b'], { cwd: PACKAGE })
})

test('a directory is kept, the next start goes on with it, and two at a time are refused', async () => {
  const directory = await temporary()
  const first = await startKafka({ directory })
  onTestFinished(() => first.stop())
  await kafkaTool(TOPICS, ['--bootstrap-server', first.brokers[0]!, '--create', '--topic', 'kept'])
  await expect(startKafka({ directory })).rejects.toThrow(`is in use by the Kafka that process ${process.pid} has`)
  await first.stop()
  expect(existsSync(directory)).toBe(true)

  const second = await startKafka({ directory })
  onTestFinished(() => second.stop())
  const { stdout } = await kafkaTool(TOPICS, ['--bootstrap-server', second.brokers[0]!, '--list'])
  expect(stdout).toBe('kept\n')
})

interface Ended {
  readonly code: number
  readonly printed: string
}

/** The command with a program behind it, told to end by `signal` as soon as the program prints. */
async function command(program: string, signal?: NodeJS.Signals): Promise<Ended> {
  const args = ['dist/main.js', '--kafka', '--', process.execPath, '-e', program]
  const child = spawn(process.execPath, args, { cwd: PACKAGE })
  onTestFinished(() => void child.kill('SIGKILL'))
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += String(chunk)
    if (signal !== undefined) child.kill(signal)
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, printed }
}

test('a program runs with the address, and the servers go with it', async () => {
  const { code, printed } = await command('console.log(process.env.KAFKA_BROKERS); process.exitCode = 7')
  expect(printed).toMatch(/^127\.0\.0\.1:\d+\n$/)
  expect(code).toBe(7)
})

test('a signal is passed on, once, and the program may take its time', async () => {
  const patient = `
    let signals = 0
    process.on('SIGINT', () => { signals++; setTimeout(() => { console.error(signals); process.exit(signals + 10) }, 500) })
    setInterval(() => {}, 1000)
    console.log('ready')`
  expect(await command(patient, 'SIGINT')).toEqual({ code: 11, printed: 'ready\n' })
})
