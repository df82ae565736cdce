/** Core, of whichever copy. */
export type Core = typeof import('@faust/core')

const KEYS = 10_000
const BATCH = 1000

/** Counts `records` by key and tells every hundredth count; answers the ms from the start of the app to its commit. */
export async function countOnce(core: Core, records: number): Promise<number> {
  const { createApp, embeddedTransport, json, silentLogger, systemClock, text } = core
  const transport = embeddedTransport({ partitions: 1 })
  await transport.start({ app: 'benchmark', clock: systemClock(), logger: silentLogger })
  await transport.admin.declareTopics([{ name: 'input', partitions: 1 }])
  const producer = transport.producer()
  await producer.init()
  const value = new TextEncoder().encode('1')
  const keys = Array.from({ length: KEYS }, (_, index) => new TextEncoder().encode(`key-${index}`))
  for (let from = 0; from < records; from += BATCH) {
    const count = Math.min(BATCH, records - from)
    const batch = Array.from({ length: count }, (_, index) => ({ key: keys[((from + index) * 7919) % KEYS]!, value }))
    await producer.send('input', 0, batch)
  }
  await producer.close()
  const app = createApp({ id: 'benchmark', transport, logger: silentLogger })
  const input = app.topic('input', { value: text(), partitions: 1 })
  const told = app.topic('told', { value: json<number>(), partitions: 1 })
  const counts = app.table('counts', { value: json<number>(), default: () => 0 })
  let seen = 0
  let finished!: () => void
  const done = new Promise<void>((resolve) => (finished = resolve))
  app.agent('count', input, { tables: [counts] }, async (stream) => {
    for await (const { key } of stream.events()) {
      const count = await counts.update(key!, (n) => n + 1)
      if (seen % 100 === 0) await told.send({ key, value: count })
      if (++seen === records) finished()
    }
  })
  globalThis.gc?.()
  const begun = performance.now()
  await app.start()
  await Promise.race([done, app.done])
  await app.commit()
  const took = performance.now() - begun
  await app.stop()
  return took
}
