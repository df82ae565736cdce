import { expect, inject, test } from 'vitest'
import { liveBrokers } from '../src/index.ts'

test('a test of the project kafka finds brokers that answer', async () => {
  for (const broker of inject('kafkaBrokers')) expect((await liveBrokers(broker)).length).toBeGreaterThan(0)
})
