import { expect, test } from 'vitest'
import { json, text } from '../../src/index.ts'
import { testApp } from '../support/test-app.ts'
import { byText, collect, until } from '../support/until.ts'

interface Order {
  readonly accountId: string
  readonly amount: number
}

test('counts orders per account through a repartition topic and a table', async () => {
  const app = testApp()
  const orders = app.topic('orders', { key: text(), value: json<Order>() })
  const counts = app.table('order-count', { key: text(), value: json<number>(), default: () => 0 })
  app.agent('count-orders', orders.groupBy('accountId'), { tables: [counts] }, async (stream) => {
    for await (const order of stream) {
      await counts.update(order.accountId, (count) => count + 1)
    }
  })
  await app.start()
  const accounts = ['ann', 'ben', 'cleo']
  for (let index = 0; index < 300; index++) {
    await orders.send({ key: `order-${index}`, value: { accountId: accounts[index % 3]!, amount: index } })
  }
  await until('all are counted', async () => {
    let sum = 0
    for await (const count of counts.values()) sum += count
    return sum === 300
  })
  expect(await counts.get('ann')).toBe(100)
  expect(await counts.get('nobody')).toBe(0)
  expect((await collect(counts.entries())).toSorted(byText)).toEqual([
    ['ann', 100],
    ['ben', 100],
    ['cleo', 100],
  ])
  await app.commit()
  await app.stop()
  await app.done
})
