import { json } from '@faust/core'
import { expect, test } from 'vitest'
import { virtualClock } from '../../src/index.ts'
import { drive, newApp } from '../driver/programs.ts'

test('at a stop every agent of a topic gets as far as the one that is ahead, also when it only gathers', async () => {
  const clock = virtualClock()
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.setTimeout(resolve, ms))
  const seen = { gather: [] as number[], each: [] as number[] }
  const program = () => {
    const app = newApp()
    const format = json<number>()
    const input = app.topic<number>('input', {
      partitions: 1,
      value: {
        ...format,
        decode: async (bytes, context) => {
          const value = await format.decode(bytes, context)
          if (value === 1) await sleep(50)
          return value
        },
      },
    })
    app.agent('gather', input, async (stream) => {
      for await (const list of stream.take(10)) seen.gather.push(...list)
    })
    app.agent('each', input, async (stream) => {
      for await (const value of stream) {
        await sleep(10)
        seen.each.push(value)
      }
    })
    return { app, input }
  }
  const first = program()
  const driver = await drive(first.app, { clock, patience: 0 })
  await driver.send(first.input, [{ value: 0 }, { value: 1 }])
  // One agent still reads the second value, the other one has the first in hand.
  await driver.close()
  expect(seen).toEqual({ gather: [0, 1], each: [0, 1] })
  const second = program()
  const again = await drive(second.app, { world: driver.world, patience: 0 })
  await again.close()
  expect(seen).toEqual({ gather: [0, 1], each: [0, 1] })
})
