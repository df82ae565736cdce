import assert from 'node:assert/strict'
import { type Logger, silentLogger } from '@faust/core'
import { afterEach, beforeEach, test } from 'vitest'
import { Crew } from './crew.ts'

let crew: Crew
beforeEach(() => void (crew = new Crew(4)))
afterEach(() => crew.end())

test('the log says which partitions a worker has, whenever that changes', async () => {
  const lines: string[] = []
  const info: Logger['info'] = (facts: unknown, message?: string) => void lines.push(message ?? String(facts))
  const logger: Logger = { ...silentLogger, info, child: () => logger }
  const told = (): string[] => lines.filter((line) => line.startsWith('Partitions of this worker: '))

  const one = await crew.start('one', { logger })
  await crew.until('one has all', () => one.live().length === 4)
  assert.deepEqual(told(), ['Partitions of this worker: source 0-3'])

  const two = await crew.start('two')
  await crew.until('each has two', () => one.live().length === 2 && two.live().length === 2)
  const here = one.live().sort((a, b) => a - b)
  const apart = here[1]! - here[0]! > 1
  assert.equal(told().at(-1), `Partitions of this worker: source ${here.join(apart ? ', ' : '-')}`)

  await two.stop({ leave: true })
  await crew.until('one has all again', () => one.live().length === 4)
  assert.equal(told().at(-1), 'Partitions of this worker: source 0-3')
})
