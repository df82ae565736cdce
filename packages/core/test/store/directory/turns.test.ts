import { expect, test } from 'vitest'
import { Turns } from '../../../src/store/directory/turns.ts'

const tick = () => new Promise<void>((resolve) => setImmediate(resolve))

test('one name takes turns, another goes on at the same time', async () => {
  const turns = new Turns()
  const seen: string[] = []
  const run = (name: string, label: string) =>
    turns.take(name, async () => {
      seen.push(`${label} begins`)
      await tick()
      seen.push(`${label} ends`)
    })
  await Promise.all([run('a', 'a1'), run('a', 'a2'), run('b', 'b1')])
  expect(seen.slice(0, 2)).toEqual(['a1 begins', 'b1 begins'])
  expect(seen.filter((event) => event.startsWith('a'))).toEqual(['a1 begins', 'a1 ends', 'a2 begins', 'a2 ends'])
})

test('a failure reaches whoever asked and nobody else', async () => {
  const turns = new Turns()
  const failing = turns.take('a', () => Promise.reject(new Error('no')))
  const next = turns.take('a', () => Promise.resolve(1))
  await expect(failing).rejects.toThrow('no')
  await expect(next).resolves.toBe(1)
  await turns.idle()
})

test('idle waits for what was asked before', async () => {
  const turns = new Turns()
  let done = 0
  for (const name of ['a', 'a', 'b']) {
    void turns.take(name, async () => {
      await tick()
      done++
    })
  }
  await turns.idle()
  expect(done).toBe(3)
})
