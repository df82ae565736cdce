import fc from 'fast-check'
import { expect, test } from 'vitest'
import { committedValues, doubleWorld, outcome, PARTITIONS, record, TOPIC } from './support/double-world.ts'
import type { DoubleWorld } from './support/double-world.ts'

interface Call {
  readonly partition: number
  readonly values: readonly string[]
  result: { readonly baseOffset?: number; readonly code?: string } | undefined
}

const run = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  rate: fc.constantFrom(0.02, 0.1, 0.3, 0.6),
  calls: fc.integer({ min: 1, max: 40 }),
  /** Short enough for some to be given up, or long enough for none. */
  deliveryTimeout: fc.constantFrom(4000, 600_000),
  batchSize: fc.constantFrom(120, 1_000_000),
  firstSequence: fc.constantFrom(0, 2 ** 31 - 10),
  compression: fc.constantFrom('none' as const, 'gzip' as const),
})

/** Ms: these are many runs. */
const LONG = 120_000

test(
  'whatever goes wrong at any request: what is acknowledged is in the log exactly once, in order',
  async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ seed, rate, calls: count, ...settings }) => {
        const world = doubleWorld(seed)
        const calls = await world.clock.run(() => produce(world, rate, count, settings))
        for (let partition = 0; partition < PARTITIONS; partition++) check(world, calls, partition)
        if (settings.deliveryTimeout > 60_000) expect(calls.filter(({ result }) => result?.code)).toEqual([])
      }),
      { numRuns: 80, endOnFailure: true },
    )
  },
  LONG,
)

async function produce(world: DoubleWorld, rate: number, count: number, settings: object): Promise<readonly Call[]> {
  const { random, double, pause } = world
  const client = await world.client({ requestTimeout: 2000, ...settings })
  const producer = client.producer()
  await producer.init()
  double.faults = world.chance(rate)
  const calls: Call[] = []
  const pending: Promise<void>[] = []
  for (let number = 0; number < count; number++) {
    const partition = random.int(PARTITIONS)
    const values = Array.from({ length: 1 + random.int(5) }, (_, index) => `${number}.${index}`)
    const call: Call = { partition, values, result: undefined }
    calls.push(call)
    const settle = async (): Promise<void> => {
      call.result = await outcome(producer.send(TOPIC, partition, values.map(record)))
      // Whoever goes on needs a new identity.
      if (call.result.code === 'FAUST_DELIVERY_UNKNOWN') await outcome(producer.init())
    }
    pending.push(settle())
    if (random.int(3) === 0) await pause(random.int(1000))
  }
  await Promise.all(pending)
  double.heal()
  while ((await outcome(producer.init())) !== undefined);
  await producer.send(TOPIC, 0, [record('end')])
  // What strays arrives in the end.
  await pause(10_000)
  await client.close()
  return calls
}

function check(world: DoubleWorld, calls: readonly Call[], partition: number): void {
  const all = committedValues(world, partition)
  expect(new Set(all).size).toBe(all.length)
  const stored = calls.filter((call) => call.partition === partition && call.result?.code === undefined)
  const acknowledged = stored.flatMap(({ values }) => values)
  const known = new Set(acknowledged)
  expect(all.filter((value) => known.has(value))).toEqual(acknowledged)
  for (const { result, values } of stored) {
    const offset = result?.baseOffset ?? -1
    if (offset >= 0) expect(all[offset]).toBe(values[0])
  }
}
