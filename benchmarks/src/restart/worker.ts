import { createApp, json, silentLogger } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import type { Order } from '../kafka/orders.ts'

/** What the worker is told, once. */
export interface RestartTask {
  readonly brokers: readonly string[]
  readonly app: string
  readonly input: string
  readonly directory: string
}

/** What it says of itself, each with the time of the clock in epoch ms. */
export type RestartReport = { readonly at: number } & (
  | { readonly step: 'program' | 'assigned' }
  /** A partition of the table was brought to the end of its changelog. */
  | { readonly step: 'restored'; readonly records: number }
  /** The first record of a partition was processed. */
  | { readonly step: 'record'; readonly partition: number }
)

type Untimed<T> = T extends unknown ? Omit<T, 'at'> : never

// Counts orders by account in a table on disk until it is killed.

function tell(report: Untimed<RestartReport>): void {
  process.send!({ at: Date.now(), ...report })
}

async function work({ app: id, brokers, directory, input }: RestartTask): Promise<void> {
  tell({ step: 'program' })
  const app = createApp({
    id,
    transport: kafkajsTransport({ brokers }),
    store: levelStore({ directory }),
    logger: silentLogger,
    sensors: [
      {
        name: 'steps',
        contract: 1,
        start: async () => {},
        close: async () => {},
        onRebalance: () => tell({ step: 'assigned' }),
        onRestore({ done, records, total }) {
          if (done === total) tell({ step: 'restored', records })
        },
      },
    ],
  })
  const counts = app.table('counts', { value: json<number>(), default: () => 0 })
  const begun = new Set<number>()
  app.agent('count', app.topic(input, { value: json<Order>() }), { tables: [counts] }, async (stream) => {
    for await (const { partition, value } of stream.events()) {
      await counts.update(value.accountId, (count) => count + 1)
      if (begun.has(partition)) continue
      begun.add(partition)
      tell({ step: 'record', partition })
    }
  })
  await app.start()
}

process.once('message', (task: RestartTask) => void work(task))
