import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { withLock } from '../src/process/lock.ts'
import { Keeper } from '../src/process/keeper.ts'

async function lockFile(): Promise<string> {
  const keeper = await Keeper.open('faust-test-')
  onTestFinished(() => keeper.close())
  return join(keeper.directory, 'lock')
}

test('one works at a time, and a failure lets the next one in', async () => {
  const file = await lockFile()
  let working = 0
  let most = 0
  const work = async (fails: boolean): Promise<void> => {
    working += 1
    most = Math.max(most, working)
    await new Promise(setImmediate)
    working -= 1
    if (fails) throw new Error('failed')
  }
  const all = [true, false, true, false].map((fails) => withLock(file, 30_000, () => work(fails)))
  const results = await Promise.allSettled(all)
  expect(results.map((each) => each.status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled'])
  expect(most).toBe(1)
  expect(existsSync(file)).toBe(false)
})

test('the lock of a dead process is taken over', async () => {
  const file = await lockFile()
  const dead = spawnSync('true')
  await writeFile(file, String(dead.pid))
  expect(await withLock(file, 30_000, async () => 'done')).toBe('done')
})

test('the lock of a living one is waited for, not for ever', async () => {
  const file = await lockFile()
  await writeFile(file, String(process.pid))
  await expect(withLock(file, 100, async () => 'done')).rejects.toThrow(
    `the lock ${file} (remove it if no download runs)`,
  )
  expect(existsSync(file)).toBe(true)
})
