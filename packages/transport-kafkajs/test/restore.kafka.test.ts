import { type App, createApp, json, silentLogger, systemClock } from '@faust/core'
import { afterEach, expect, inject, test } from 'vitest'
import { kafkajsTransport } from '../src/index.ts'

const apps: App[] = []
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop({ leave: true })))
})

/** What the broker's cleaner needs to take everything it may, soon; segments of their own for each second of writing. */
const EAGER = {
  'segment.ms': '500',
  'min.cleanable.dirty.ratio': '0.001',
  'delete.retention.ms': '0',
  'min.compaction.lag.ms': '0',
}

interface Change {
  readonly deletes: boolean
}

function worker(id: string): {
  app: App
  send: (key: string, change: Change) => Promise<void>
  size: () => Promise<number>
} {
  const transport = kafkajsTransport({ brokers: inject('kafkaBrokers') })
  const app = createApp({ id, transport, logger: silentLogger, commitInterval: 100 })
  app.done.catch(() => {})
  apps.push(app)
  const changes = app.topic(`${id}-changes`, { partitions: 1, value: json<Change>() })
  const table = app.table('kept', { value: json<number>(), config: EAGER })
  app.agent('keep', changes, { tables: [table] }, async (stream) => {
    for await (const { key, value } of stream.events()) {
      if (value.deletes) await table.delete(key!)
      else await table.set(key!, 1)
    }
  })
  return { app, send: (key, value) => changes.send({ key, value }), size: () => table.size() }
}

/** How many records of the changelog the broker still has. */
async function left(topic: string): Promise<number> {
  const transport = kafkajsTransport({ brokers: inject('kafkaBrokers') })
  await transport.start({ app: 'counting', clock: systemClock(), logger: silentLogger })
  const reader = transport.reader({ isolation: 'read-committed' })
  const [start] = await reader.assign([{ topic, partition: 0, offset: 0 }])
  let records = 0
  for (let next = 0; next < start!.end;) {
    for (const batch of await reader.poll({ maxWait: 200 })) {
      records += batch.records.length
      next = batch.nextOffset
    }
  }
  await reader.close()
  await transport.close()
  return records
}

test('a table is restored from a changelog of which the cleaner has left next to nothing', async () => {
  const id = `restore-test-${process.pid}-${Date.now()}`
  const first = worker(id)
  await first.app.start()
  const keys = Array.from({ length: 200 }, (_, n) => `k${n}`)
  await Promise.all(keys.map((key) => first.send(key, { deletes: false })))
  await expect.poll(() => first.size()).toBe(200)
  await first.app.commit()
  await Promise.all(keys.map((key) => first.send(key, { deletes: true })))
  await expect.poll(() => first.size()).toBe(0)
  await first.app.commit()
  // The last batch stays in the active segment, which the cleaner leaves alone; each of these begins a new one. Tombstones
  // go in a second pass, for which there has to be something new as well.
  const touch = async (): Promise<void> => {
    await first.send('last', { deletes: false })
    await first.send('last', { deletes: true })
    await expect.poll(() => first.app.status().partitions[0]?.agents[0]?.inHand).toBe(0)
    await first.app.commit()
  }
  const afterTouch = async (): Promise<number> => {
    await touch()
    return left(`${id}-kept-changelog`)
  }
  await expect.poll(afterTouch, { timeout: 120_000, interval: 2000 }).toBeLessThan(50)
  await first.app.stop({ leave: true })

  const second = worker(id)
  await second.app.start()
  expect(await second.size()).toBe(0)
  const restore = second.app.monitor.snapshot().tables['kept']!.restores['0']!
  expect(restore.done).toBe(restore.total)
  expect(restore.total).toBeGreaterThan(400)
})
