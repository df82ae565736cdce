import type { Producer } from '@faust/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { committedValues, doubleWorld, outcome, PARTITIONS, record, TOPIC } from './support/double-world.ts'
import type { DoubleWorld } from './support/double-world.ts'

const ID = { transactionalId: 'worker-1', transactionTimeout: 5000 }
const SOURCE = { topic: TOPIC, partition: 0 }
/** Nobody's member: the group has none. */
const MEMBERSHIP = { group: 'g', memberId: '', generation: -1 }

/** One transaction as an app does it, with what is known of its end. */
interface Attempt {
  readonly number: number
  /** By partition. */
  readonly values: Map<number, string[]>
  committed: boolean
}

const run = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  rate: fc.constantFrom(0.02, 0.1, 0.25),
  turns: fc.integer({ min: 2, max: 10 }),
})

/** Ms: these are many runs. */
const LONG = 120_000

test(
  'whatever goes wrong at any request: a transaction is visible whole, with its offset, or not at all',
  async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ seed, rate, turns }) => {
        const world = doubleWorld(seed)
        const attempts = await world.clock.run(() => transact(world, rate, turns))
        const done = attempts.filter(({ committed }) => committed)
        for (let partition = 0; partition < PARTITIONS; partition++) {
          const expected = done.flatMap(({ values }) => values.get(partition) ?? [])
          expect(committedValues(world, partition)).toEqual(expected)
          const [ends] = world.log.listOffsets([{ topic: TOPIC, partition }])
          expect(ends?.lastStable).toBe(ends?.highWatermark)
        }
        expect(await world.clock.run(() => committedOffset(world))).toBe(done.at(-1)?.number ?? 0)
      }),
      { numRuns: 30, endOnFailure: true },
    )
  },
  LONG,
)

async function transact(world: DoubleWorld, rate: number, turns: number): Promise<readonly Attempt[]> {
  const { double, random, pause } = world
  const client = await world.client({ requestTimeout: 2000 })
  let producer = client.producer(ID)
  await producer.init()
  double.faults = world.chance(rate)
  const attempts: Attempt[] = []
  for (let number = 1; number <= turns; number++) {
    const attempt: Attempt = { number, values: new Map(), committed: false }
    attempts.push(attempt)
    const known = await carryOut(world, producer, attempt)
    if (known === undefined) {
      producer = await recover(client, producer)
      attempt.committed = (await committedOffset(world)) === number
    } else attempt.committed = known
    await pause(random.pick([0, 0, 5, 2000]))
  }
  double.heal()
  // What strays arrives in the end, and what is left open is found out.
  await pause(40_000)
  await recover(client, producer)
  await pause(100)
  await client.close()
  return attempts
}

/** Answers whether it committed; undefined where that is not known. */
async function carryOut(world: DoubleWorld, producer: Producer, attempt: Attempt): Promise<boolean | undefined> {
  const { random, pause } = world
  try {
    producer.beginTransaction()
    for (let index = random.int(5); index > 0; index--) {
      const partition = random.int(PARTITIONS)
      const value = `${attempt.number}.${index}`
      attempt.values.set(partition, [...(attempt.values.get(partition) ?? []), value])
      producer.send(TOPIC, partition, [record(value)]).catch(() => {})
      await pause(random.int(300))
    }
    await producer.sendOffsets([{ ...SOURCE, offset: attempt.number }], MEMBERSHIP)
    // Sometimes beyond the time of the transaction.
    await pause(random.pick([0, 0, 0, 0, 300, 20_000]))
    if (random.int(4) === 0) {
      await producer.abortTransaction()
      return false
    }
    await producer.commitTransaction()
    return true
  } catch {
    return undefined
  }
}

/** As a worker does it: init until it is answered; fenced by a stray init of its own, it is followed by another. */
async function recover(client: { producer(options: typeof ID): Producer }, failed: Producer): Promise<Producer> {
  let producer = failed
  for (let tries = 1; ; tries++) {
    expect(tries).toBeLessThan(100)
    const result = await outcome(producer.init())
    if (result === undefined) return producer
    expect(result.code).toMatch(/FAUST_TRANSPORT_UNAVAILABLE|FAUST_TRANSACTION_CONCURRENT|FAUST_PRODUCER_FENCED/)
    if (result.code === 'FAUST_PRODUCER_FENCED') producer = client.producer(ID)
  }
}

/** Of the group, once nothing is open any more. */
async function committedOffset({ log, clock, pause }: DoubleWorld): Promise<number> {
  for (const deadline = clock.monotonic() + 60_000; ;) {
    expect(clock.monotonic()).toBeLessThan(deadline)
    const [found] = log.fetchOffsets('g', [SOURCE], { requireStable: true })
    if (found?.error === 0) return found.offset ?? 0
    await pause(5)
  }
}
