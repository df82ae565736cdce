import { expect, test } from 'vitest'
import { OutputRoom, WaitingOutputs } from '../../../src/processing/send/waiting-outputs.ts'

const record = { key: null, value: new Uint8Array(10) }

test('what comes after everything was given up takes no room', () => {
  const full: number[] = []
  const room = new OutputRoom(25, () => full.push(room.records))
  const outputs = new WaitingOutputs(room)
  outputs.add('a', 0, record)
  outputs.add('a', 2, record)
  outputs.drop()
  outputs.add('a', 0, record)
  expect(room.records).toBe(0)
  expect(outputs.take()).toEqual([])
  const others = new WaitingOutputs(room)
  for (let count = 0; count < 3; count++) others.add('b', 0, record)
  expect(full).toEqual([3])
  const taken = others.take()
  expect(taken).toHaveLength(1)
  expect(room.records).toBe(3)
  others.gone(taken)
  expect(room.records).toBe(0)
})
