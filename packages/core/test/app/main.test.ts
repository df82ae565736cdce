import { expect, test } from 'vitest'
import { json } from '../../src/index.ts'
import { type Clock, systemClock } from '../../src/service/clock.ts'
import { testApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

test('a program without an agent runs until it is stopped, and holds nothing afterwards', async () => {
  const timers = new Set<object>()
  const machine = systemClock()
  const clock: Clock = {
    ...machine,
    setTimeout(callback, delay) {
      const timer = {}
      timers.add(timer)
      const { cancel } = machine.setTimeout(() => {
        timers.delete(timer)
        callback()
      }, delay)
      return {
        cancel: () => {
          timers.delete(timer)
          cancel()
        },
      }
    },
  }
  const app = testApp({ clock })
  const input = app.topic('input', { value: json<number>() })
  let sent = false
  app.task('feed', async () => {
    await input.send({ value: 1 })
    sent = true
  })
  const program = app.main()
  await until('the task has ended', () => sent)
  // Node ends a process that waits for nothing, also in the midst of an `await`.
  await until('what is left is what holds the process', () => timers.size === 1)
  await app.stop()
  await program
  expect(timers.size).toBe(0)
})
