import { expect, test } from 'vitest'
import { contents } from './support/broker.ts'
import { Copier } from './support/copier.ts'
import { faultyLink } from './support/faulty-link.ts'
import { fixture, record, text } from './support/fixture.ts'
import { pausable } from './support/pausable.ts'

/** A small generator, so that a seed gives the same run. */
function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/** What gets lost or comes late on the way: a small part of everything but questions about topics. */
const FATES = ['lose-request', 'lose-answer', 'late'] as const

test.each([1, 2, 3, 4, 5, 6])(
  'workers that crash, pause and talk over a bad line copy every record once, seed %i',
  async (seed) => {
    const random = randomOf(seed)
    const { clock, log, worker } = fixture()
    log.createTopics([
      { name: 'in', partitions: 4 },
      { name: 'out', partitions: 4 },
    ])
    const sent: string[] = []
    const feed = (count: number) => {
      for (let index = 0; index < count; index++) {
        const partition = Math.floor(random() * 4)
        const value = `${partition}-${sent.length}`
        sent.push(value)
        const batch = { topic: 'in', partition, producerId: -1, producerEpoch: -1, baseSequence: -1 }
        log.produce({
          batches: [{ ...batch, transactional: false, timestamp: clock.now(), records: [record('k', value)] }],
        })
      }
    }
    let noisy = true
    const link = faultyLink(clock, (operation) => {
      if (!noisy || operation === 'describeTopics' || random() > 0.03) return null
      return FATES[Math.floor(random() * FATES.length)] ?? null
    })
    let lives = 0
    const runs: Promise<void>[] = []
    const begin = async () => {
      const paused = pausable(clock)
      const transport = await worker({ link: (broker) => paused.link(link(broker)) }, paused.clock)
      const copier = new Copier(transport, paused.clock, `copier-${lives++}`)
      runs.push(copier.run())
      const kill = () => {
        copier.kill()
        // What it had on the way when it died may still arrive.
        paused.resume()
      }
      return { ...paused, kill }
    }
    const copiers = [await begin(), await begin()]
    for (let round = 0; round < 12; round++) {
      feed(20)
      await clock.advance(random() * 1500)
      if (random() < 0.4) copiers.splice(Math.floor(random() * copiers.length), 1)[0]?.kill()
      for (const copier of copiers) if (random() < 0.3) copier.pause()
      await clock.advance(random() * 4000)
      for (const copier of copiers) if (random() < 0.7) copier.resume()
      while (copiers.length < 2 || random() < 0.2) copiers.push(await begin())
    }
    noisy = false
    for (const copier of copiers) copier.resume()
    await clock.advance(60_000)
    const copied = await Promise.all(
      [0, 1, 2, 3].map(async (partition) => {
        const reader = (await worker()).reader({ isolation: 'read-committed' })
        const [start] = await reader.assign([{ topic: 'out', partition, offset: 0 }])
        const values: (string | null)[] = []
        for (let offset = 0; offset < (start?.end ?? 0);) {
          const [batch] = await clock.until(reader.poll({ maxWait: 1000 }))
          if (batch === undefined) throw new Error(`partition ${partition} of out is not stable at ${offset}`)
          values.push(...Array.from(batch.records, ({ value }) => text(value)))
          offset = batch.nextOffset
        }
        return values
      }),
    )
    for (const [partition, values] of copied.entries()) {
      expect(values).toEqual(sent.filter((value) => value.startsWith(`${partition}-`)))
    }
    for (const copier of copiers) copier.kill()
    await clock.advance(1000)
    await Promise.all(runs)
    expect(contents(log, 'in')).toHaveLength(sent.filter((value) => value.startsWith('0-')).length)
    await log.close()
    expect(clock.pending).toBe(0)
  },
)
