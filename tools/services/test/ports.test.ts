import { expect, test } from 'vitest'
import { PortTakenError } from '../src/index.ts'
import { onFreePorts } from '../src/net/ports.ts'

test('ports differ, and a start that lost the race for one is tried on others', async () => {
  const seen: (readonly number[])[] = []
  const result = await onFreePorts(6, async (ports) => {
    seen.push(ports)
    if (seen.length < 3) throw new PortTakenError('taken')
    return 'started'
  })
  expect(result).toBe('started')
  expect(seen.map((ports) => new Set(ports).size)).toEqual([6, 6, 6])
  expect(new Set(seen.map(String)).size).toBe(3)
})

test('it gives up in the end, and any other error is not retried', async () => {
  let tries = 0
  const failing = (error: Error) => (): Promise<never> => {
    tries += 1
    return Promise.reject(error)
  }
  await expect(onFreePorts(1, failing(new PortTakenError('taken')))).rejects.toThrow('taken')
  expect(tries).toBe(5)
  tries = 0
  await expect(onFreePorts(1, failing(new Error('other')))).rejects.toThrow('other')
  expect(tries).toBe(1)
})
