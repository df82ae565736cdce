import { expect, test } from 'vitest'
import { StopBudget } from '../../src/service/stop-budget.ts'
import { manualClock } from '../transport/embedded/support/manual-clock.ts'

test('steps that hang share the time, and leave some to the last; those that do not leave all of it', async () => {
  const clock = manualClock()
  const hanging = new StopBudget(clock, 900)
  const steps: number[] = []
  for (let step = 0; step < 3; step++) {
    steps.push(hanging.step())
    await clock.advance(steps.at(-1)!)
  }
  expect([...steps, hanging.rest()].map(Math.round)).toEqual([600, 200, 67, 33])
  await clock.advance(100)
  expect([hanging.step(), hanging.rest()]).toEqual([0, 0])

  const quick = new StopBudget(clock, 900)
  await clock.advance(1000)
  expect([quick.step(), quick.step(), quick.rest()]).toEqual([600, 600, 900])
})
