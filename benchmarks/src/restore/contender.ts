import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApp, json, type Shard, type ShardUse, silentLogger, type StoreEntry, systemClock } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import type { Order } from '../kafka/orders.ts'
import { answerParent } from '../run-child.ts'
import { readChangelog, startTransport } from './changelog.ts'
import { type Outcome, Stopwatch, type Trial, type Work } from './trial.ts'

// The program that reads a changelog, writes a store, or does both as a restore, in a process of its own.

const works: Record<Work, (trial: Trial, directory: string) => Promise<Outcome>> = {
  async consume(trial) {
    const transport = await startTransport(trial.brokers)
    const watch = new Stopwatch()
    for await (const _ of readChangelog(transport, trial));
    const outcome = watch.outcome(trial.records)
    await transport.close()
    return outcome
  },

  write: (trial, directory) => writeAll(trial, directory, 'serve'),
  'tuned-write': (trial, directory) => writeAll(trial, directory, 'restore'),

  /** An app that finds nothing in its store, from the moment its restore begins until it has started with a whole table. */
  async restore(trial, directory) {
    let watch: Stopwatch | undefined
    let restored = 0
    const app = createApp({
      id: trial.app,
      transport: kafkajsTransport({ brokers: trial.brokers }),
      store: levelStore({ directory }),
      logger: silentLogger,
      sensors: [
        {
          name: 'stopwatch',
          contract: 1,
          start: async () => {},
          close: async () => {},
          onRestore({ done, total, records, duration }) {
            if (watch === undefined) {
              watch = new Stopwatch()
              watch.began(duration)
            }
            if (done < total) return
            restored += records
          },
        },
      ],
    })
    const orders = app.table('orders', { value: json<Order>() })
    app.agent(
      'follow',
      app.topic(`${trial.app}-input`, { partitions: trial.partitions }),
      { tables: [orders] },
      async (stream) => {
        for await (const _ of stream);
      },
    )
    await app.start()
    if (watch === undefined || restored !== trial.records) {
      throw new Error(`Restored ${restored} records, not ${trial.records}.`)
    }
    const outcome = watch.outcome(trial.records)
    await checkAll(trial.records, orders.values())
    await app.stop({ leave: true })
    return outcome
  },
}

/**
 * All is read before the clock runs; then each shard gets the batches of a restore, one after the other. With `restore` it is
 * tuned for them before and for service after, as a restore does it.
 */
async function writeAll(trial: Trial, directory: string, use: ShardUse): Promise<Outcome> {
  const transport = await startTransport(trial.brokers)
  const batches = Array.from({ length: trial.partitions }, () => [] as Parameters<Shard['write']>[0][])
  for await (const answer of readChangelog(transport, trial)) {
    for (const { nextOffset, partition, records } of answer) {
      batches[partition]!.push({
        entries: Array.from(records, ({ key, value }): StoreEntry => ({ key: key!, value })),
        position: { log: 'log', offset: nextOffset - 1, time: 0, note: '' },
      })
    }
  }
  await transport.close()
  const store = levelStore({ directory })
  await store.start({ app: trial.app, clock: systemClock(), logger: silentLogger })
  const watch = new Stopwatch()
  await Promise.all(
    batches.map(async (mine, partition) => {
      const shard = await store.open('orders', partition, { mode: 'active', epoch: 1 })
      await shard.tune?.(use)
      for (const batch of mine) await shard.write(batch)
      await shard.tune?.('serve')
    }),
  )
  const outcome = watch.outcome(trial.records)
  await store.close()
  return outcome
}

async function checkAll(records: number, orders: AsyncIterable<Order>): Promise<void> {
  let sum = 0
  for await (const { index } of orders) sum += index
  if (sum !== (records * (records - 1)) / 2) throw new Error(`The numbers of the restored orders add up to ${sum}.`)
}

answerParent(async (trial: Trial): Promise<Outcome> => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-restore-'))
  try {
    return await works[trial.work](trial, directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
