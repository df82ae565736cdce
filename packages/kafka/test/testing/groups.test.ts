import { partitionKey } from '@faust/core'
import type { GroupConsumer, TopicPartitionOffset } from '@faust/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMember } from '../../../testing/src/transport/member.ts'
import type { TestMember } from '../../../testing/src/transport/member.ts'
import { doubleWorld, outcome, PARTITIONS, record, TOPIC } from './support/double-world.ts'
import type { DoubleWorld } from './support/double-world.ts'

const run = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 }),
  rate: fc.constantFrom(0.01, 0.05, 0.15),
  protocol: fc.constantFrom('cooperative' as const, 'eager' as const),
  members: fc.integer({ min: 1, max: 3 }),
  joins: fc.integer({ min: 0, max: 2 }),
})

const TIMING = { session: 10_000, heartbeat: 3000, rebalance: 20_000 }

/** Ms: these are many runs. */
const LONG = 120_000

test(
  'whatever goes wrong at any request: members process every record, and commit none that they have not',
  async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ seed, rate, protocol, members: count, joins }) => {
        const world = doubleWorld(seed)
        await world.clock.run(() => consume(world, { rate, protocol, count, joins }))
      }),
      { numRuns: 12, endOnFailure: true },
    )
  },
  LONG,
)

interface Plan {
  readonly rate: number
  readonly protocol: 'cooperative' | 'eager'
  readonly count: number
  readonly joins: number
}

const RECORDS = 60
/** Ms: longer than anything is under way. */
const STRAYING = 5000

async function consume(world: DoubleWorld, { rate, protocol, count, joins }: Plan): Promise<void> {
  const { clock, double, random, pause } = world
  /** Offsets by partition. */
  const processed = new Map<string, Set<number>>()
  const members: TestMember[] = []
  const clients: { close(): Promise<void> }[] = []
  const join = async (): Promise<void> => {
    const client = await world.client({ requestTimeout: 2000 })
    const worker = createMember(client, { group: 'g', topics: [TOPIC], protocol }, { ...TIMING, clock })
    clients.push(client)
    members.push(worker)
    await worker.start()
    void work(worker.consumer, worker, processed, world)
  }
  await Promise.all(Array.from({ length: count }, join))

  double.faults = world.chance(rate)
  const joining: Promise<void>[] = []
  for (let number = 0; number < RECORDS; number++) {
    append(world, number % PARTITIONS, String(number))
    if (random.int(RECORDS) < joins) joining.push(join())
    if (random.int(20) === 0) random.pick(members).consumer.rejoin('by chance')
    await pause(random.int(500))
  }
  await pause(5000)
  double.heal()
  await Promise.all(joining)
  // A commit that strayed may have set an offset back; what comes next is committed beyond it.
  await pause(STRAYING)
  for (let partition = 0; partition < PARTITIONS; partition++) append(world, partition, 'end')
  const places = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition }))
  const end = RECORDS / PARTITIONS + 1
  for (const deadline = clock.monotonic() + 300_000; ;) {
    const committed = world.log.fetchOffsets('g', places, { requireStable: true })
    if (committed.every(({ offset }) => offset === end)) break
    // Nobody may give up: once all is well, everything is processed.
    if (clock.monotonic() > deadline) throw new Error(`It stays at ${JSON.stringify(committed)}`)
    await pause(500)
  }
  for (const { topic, partition } of places) {
    expect(processed.get(partitionKey(topic, partition))?.size).toBe(end)
  }
  for (const { violations } of members) expect(violations).toEqual([])
  await Promise.all(members.map((member) => member.close(true)))
  await Promise.all(clients.map((client) => client.close()))
}

/** Processes what its member was handed and commits it, again until it could, as an app does. */
async function work(
  consumer: GroupConsumer,
  { batches }: TestMember,
  processed: Map<string, Set<number>>,
  { pause, log }: DoubleWorld,
): Promise<void> {
  const frontiers = new Map<string, TopicPartitionOffset>()
  for (let done = 0; ; await pause(50)) {
    const fresh = batches.slice(done)
    done = batches.length
    for (const { topic, partition, records, nextOffset: offset } of fresh) {
      const key = partitionKey(topic, partition)
      const known = processed.get(key) ?? new Set<number>()
      processed.set(key, known)
      for (const each of records) known.add(each.offset)
      frontiers.set(key, { topic, partition, offset })
    }
    const held = new Set(consumer.assignment().map(({ topic, partition }) => partitionKey(topic, partition)))
    for (const key of frontiers.keys()) if (!held.has(key)) frontiers.delete(key)
    if (frontiers.size === 0) continue
    const offsets = [...frontiers.values()]
    const code = await outcome(consumer.commit(offsets)).then((result) => result?.code)
    if (code === 'FAUST_CLOSED') return
    if (code !== undefined) continue
    frontiers.clear()
    for (const { topic, partition, offset } of log.fetchOffsets('g', offsets, { requireStable: false })) {
      const known = processed.get(partitionKey(topic, partition)) ?? new Set()
      for (let each = 0; each < (offset ?? 0); each++) expect(known.has(each)).toBe(true)
    }
  }
}

/** Written by somebody whom no fault hits. */
function append({ log, clock }: DoubleWorld, partition: number, value: string): void {
  const producer = { producerId: -1, producerEpoch: -1, baseSequence: -1, transactional: false }
  log.produce({
    batches: [{ topic: TOPIC, partition, ...producer, timestamp: clock.now(), records: [record(value)] }],
  })
}
