import { createApp, json, silentLogger } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import type { Order } from '../kafka/orders.ts'
import type { WorkerCommand, WorkerReport, WorkerTask } from './counting.ts'

// One of the workers of an app that counts, in a process of its own. It reports over and over what it has and how far it
// is, and begins to count, commits and ends when it is told to.

/** Ms between two reports. */
const REPORT = 20

async function work({ app: id, brokers, directory, input, standbyReplicas }: WorkerTask): Promise<void> {
  const followed: Record<number, number> = {}
  let counted = 0
  let begun: NodeJS.CpuUsage | undefined
  let begin!: () => void
  const told = new Promise<void>((resolve) => (begin = resolve))
  const app = createApp({
    id,
    transport: kafkajsTransport({ brokers }),
    store: levelStore({ directory }),
    logger: silentLogger,
    standbyReplicas,
    sensors: [
      {
        name: 'copies',
        contract: 1,
        start: async () => {},
        close: async () => {},
        onStandby({ following, offset, partition }) {
          if (following) followed[partition] = offset
          else delete followed[partition]
        },
      },
    ],
  })
  const counts = app.table('counts', { value: json<number>(), default: () => 0 })
  app.agent('count', app.topic(input, { value: json<Order>() }), { tables: [counts] }, async (stream) => {
    await told
    for await (const order of stream) {
      await counts.update(order.accountId, (count) => count + 1)
      counted++
    }
  })
  const report = (more: Partial<WorkerReport> = {}): void => {
    const active = app.status().partitions.filter(({ live }) => live).length
    process.send!({ active, followed, counted, ...more } satisfies WorkerReport)
  }
  const commands: Record<WorkerCommand, () => Promise<void> | void> = {
    count() {
      begun = process.cpuUsage()
      begin()
    },
    async commit() {
      if (!(await app.commit())) throw new Error('The last commit failed.')
      const { system, user } = process.cpuUsage(begun)
      report({ cpu: system + user, memory: process.resourceUsage().maxRSS / 1024 })
    },
    async end() {
      clearInterval(reports)
      let sum = 0
      for await (const count of counts.values()) sum += count
      await app.stop({ leave: true })
      process.send!({ active: 0, followed, counted, sum } satisfies WorkerReport, () => process.disconnect())
    },
  }
  process.on('message', (command: WorkerCommand) => void commands[command]())
  const reports = setInterval(report, REPORT)
  await app.start()
}

process.once('message', (task: WorkerTask) => void work(task))
