import { expect, onTestFinished, test } from 'vitest'
import { Keeper } from '../src/process/keeper.ts'
import { standsStill } from '../src/process/stands-still.ts'
import { until } from '../src/until.ts'

test.runIf(process.platform === 'linux')('tells a process that was stopped from one that runs', async () => {
  const keeper = await Keeper.open('faust-test-')
  onTestFinished(() => keeper.close())
  const child = await keeper.spawn({ file: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] })
  expect(await standsStill(child.pid!)).toBe(false)
  child.kill('SIGSTOP')
  await until('it to stand still', 30_000, () => standsStill(child.pid!))
  child.kill('SIGCONT')
  await until('it to run again', 30_000, async () => !(await standsStill(child.pid!)))
})
