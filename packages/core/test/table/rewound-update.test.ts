import { expect, test } from 'vitest'
import { json } from '../../src/index.ts'
import { testApp } from '../support/test-app.ts'
import { until } from '../support/until.ts'

test('an update of a key in memory is undone with its failed attempt, as any other', async () => {
  const app = testApp({ guarantee: 'exactly-once' })
  const topic = app.topic('input', { value: json<number>(), partitions: 1 })
  const counts = app.table('counts', { value: json<number>(), default: () => 0 })
  const attempts: number[] = []
  app.agent('count', topic, { tables: [counts], failures: { backoff: 1 } }, async (stream) => {
    for await (const value of stream) {
      attempts.push(value)
      await counts.update('k', (count) => count + 1)
      if (value === 2 && attempts.filter((one) => one === 2).length < 3) throw new Error('away for a moment')
    }
  })
  await app.start()
  for (const value of [1, 2, 3]) {
    await topic.send({ value })
    await until(`${value} is done`, async () => app.status().partitions[0]!.frontier === value && app.commit())
  }
  expect(await counts.get('k')).toBe(3)
  expect(attempts.filter((one) => one === 2)).toHaveLength(3)
})
