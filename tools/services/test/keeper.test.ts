import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Keeper } from '../src/process/keeper.ts'
import { run } from '../src/process/run.ts'
import { until } from '../src/until.ts'
import { isRunning } from './running.ts'

const FOREVER = { file: 'sleep', args: ['600'] }

async function open(): Promise<Keeper> {
  const keeper = await Keeper.open('faust-test-')
  onTestFinished(() => keeper.close())
  return keeper
}

test('closing ends what runs, what it started itself, what is stopped, and the directory', async () => {
  const keeper = await open()
  const pids = join(keeper.directory, 'pid')
  const plain = await keeper.spawn(FOREVER)
  const parent = await keeper.spawn({ file: 'sh', args: ['-c', 'sleep 600 & echo $! > "$0"; wait', pids] })
  const stopped = await keeper.spawn(FOREVER)
  stopped.kill('SIGSTOP')
  await until('the pid of the grandchild', 30_000, async () =>
    /\d\n/.test(await readFile(pids, 'utf8').catch(() => '')),
  )
  const grandchild = Number(await readFile(pids, 'utf8'))
  const all = [plain.pid, parent.pid, stopped.pid, grandchild] as number[]
  expect(all.map(isRunning)).toEqual([true, true, true, true])

  await keeper.close()

  await until('all of them to be gone', 30_000, () => !all.some(isRunning))
  expect(existsSync(keeper.directory)).toBe(false)
})

test('a program that ended by itself is forgotten, and the directory stays until the close', async () => {
  const keeper = await open()
  const file = join(keeper.directory, 'file')
  await writeFile(file, 'x')
  const child = await keeper.spawn({ file: 'sh', args: ['-c', 'exit 3'] })
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(3)
  expect(existsSync(file)).toBe(true)
})

test('nothing can be started after the close, which may be called again', async () => {
  const keeper = await open()
  const late = keeper.spawn(FOREVER)
  const closing = keeper.close()
  await expect(late).rejects.toThrow("Can't start sleep: it was stopped for good.")
  await closing
  await keeper.close()
  await expect(keeper.spawn(FOREVER)).rejects.toThrow('stopped for good')
})

test('run gives what a program says and reads', async () => {
  const script = 'cat; echo complaint >&2; exit 4'
  const output = await run({ file: 'sh', args: ['-c', script], input: 'one\ntwo\n' }, 30_000)
  expect(output).toEqual({ exitCode: 4, stdout: 'one\ntwo\n', stderr: 'complaint\n' })
})

test('run ends a program that takes too long, with its children', async () => {
  const begun = performance.now()
  await expect(run({ file: 'sh', args: ['-c', 'sleep 600; true'] }, 200)).rejects.toThrow('had not ended after 0.2 s')
  expect(performance.now() - begun).toBeLessThan(30_000)
})
