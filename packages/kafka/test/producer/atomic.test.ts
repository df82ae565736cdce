import type { Producer } from '@faust/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bench, outcome, record, TOPIC } from './support/bench.ts'
import { arbitraryFates } from './support/arbitrary-faults.ts'

const ID = { transactionalId: 'worker-1', transactionTimeout: 5000 }
const MEMBERSHIP = { group: 'g', memberId: 'm', generation: 1 }
const SOURCE = { topic: 'in', partition: 0 }

/** One transaction as an app would do it, with what is known of its end. */
interface Attempt {
  readonly number: number
  /** By partition. */
  readonly values: Map<number, string[]>
  fate: 'committed' | 'aborted' | null
}

const turn = fc.record({
  sends: fc.array(fc.record({ partition: fc.integer({ min: 0, max: 3 }), wait: fc.integer({ min: 0, max: 400 }) }), {
    maxLength: 5,
  }),
  end: fc.constantFrom('commit', 'commit', 'commit', 'abort', 'init'),
  /** Ms before the end: sometimes beyond the time of the transaction. */
  sleep: fc.constantFrom(0, 0, 0, 0, 300, 20_000),
  after: fc.constantFrom(0, 0, 5, 2000),
})

const run = fc.record({
  turns: fc.array(turn, { minLength: 2, maxLength: 12 }),
  produce: arbitraryFates([3, 6, 7, 10, 19, 48, 45, 51]),
  init: arbitraryFates([14, 15, 16, 51]),
  addPartitions: arbitraryFates([3, 14, 15, 16, 51]),
  addOffsets: arbitraryFates([14, 15, 16, 51]),
  commitOffsets: arbitraryFates([3, 14, 15, 16, 51]),
  end: arbitraryFates([14, 15, 16, 51]),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
})

test.each([
  ['new', true],
  ['old', true],
  ['new', false],
  ['old', false],
] as const)(
  'on a %s Kafka (leaders ask: %s) a transaction is visible whole, with its offset, or not at all',
  async (kind, verifies) => {
    await fc.assert(
      fc.asyncProperty(run, async (plan) => {
        const bench = new Bench({ kind, verifies, seed: plan.seed })
        let producer = bench.producer(ID)
        await bench.clock.run(producer.init())
        bench.next('Produce', ...plan.produce)
        bench.next('InitProducerId', ...plan.init)
        bench.next('AddPartitionsToTxn', ...plan.addPartitions)
        bench.next('AddOffsetsToTxn', ...plan.addOffsets)
        bench.next('TxnOffsetCommit', ...plan.commitOffsets)
        bench.next('EndTxn', ...plan.end)
        const attempts: Attempt[] = []
        for (const each of plan.turns) {
          const attempt: Attempt = { number: attempts.length + 1, values: new Map(), fate: null }
          attempts.push(attempt)
          const isDone = await bench.clock.run(carryOut(bench, producer, attempt, each))
          if (!isDone) producer = await bench.clock.run(recover(bench, producer, kind))
          await bench.clock.advance(20)
          attempt.fate ??= bench.broker.groups.committed.get('g in 0') === attempt.number ? 'committed' : 'aborted'
          await bench.clock.advance(each.after)
        }
        bench.network.fate = () => 'served'
        await bench.clock.advance(100_000)
        bench.broker.coordinator.expire()
        await bench.clock.advance(100)
        // What a worker would do at the begin of its next cycle.
        const next = await outcome(Promise.resolve().then(() => producer.beginTransaction()))
        if (next !== undefined) await bench.clock.run(recover(bench, producer, kind))
        await bench.clock.advance(100)
        check(bench, attempts)
      }),
      { numRuns: 150 },
    )
  },
)

/** Answers whether the producer can go on without an init. */
async function carryOut(
  bench: Bench,
  producer: Producer,
  attempt: Attempt,
  { sends, end, sleep }: typeof turn extends fc.Arbitrary<infer T> ? T : never,
): Promise<boolean> {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void bench.clock.setTimeout(resolve, ms))
  try {
    producer.beginTransaction()
    const sent: Promise<unknown>[] = []
    for (const [index, { partition, wait }] of sends.entries()) {
      const value = `${attempt.number}.${index}`
      const values = attempt.values.get(partition) ?? []
      attempt.values.set(partition, [...values, value])
      sent.push(outcome(producer.send(TOPIC, partition, [record(value)])))
      await pause(wait)
    }
    await producer.sendOffsets([{ ...SOURCE, offset: attempt.number }], MEMBERSHIP)
    await pause(sleep)
    if (end === 'init') return false
    if (end === 'commit') await producer.commitTransaction()
    else await producer.abortTransaction()
    attempt.fate = end === 'commit' ? 'committed' : 'aborted'
    await Promise.all(sent)
    return true
  } catch {
    return false
  }
}

/** As a worker does it: init until it is answered; fenced, it stops, and its successor takes the id over. */
async function recover(bench: Bench, producer: Producer, kind: 'old' | 'new'): Promise<Producer> {
  for (;;) {
    const result = await outcome(producer.init())
    if (result === undefined) return producer
    if (result.code === 'FAUST_PRODUCER_FENCED') {
      // There is no rival: only the older coordinator cannot always tell one from what was lost.
      expect(kind).toBe('old')
      const successor = bench.producer(ID)
      while ((await outcome(successor.init())) !== undefined);
      return successor
    }
    expect(result.code).toMatch(/FAUST_TRANSPORT_UNAVAILABLE|FAUST_TRANSACTION_CONCURRENT/)
  }
}

function check(bench: Bench, attempts: readonly Attempt[]): void {
  const done = attempts.filter(({ fate }) => fate === 'committed')
  for (const partition of [0, 1, 2, 3]) {
    const log = bench.broker.log(TOPIC, partition)
    expect(log.committed).toEqual(done.flatMap(({ values }) => values.get(partition) ?? []))
    expect(log.isHanging).toBe(false)
  }
  expect(bench.broker.groups.committed.get('g in 0')).toBe(done.at(-1)?.number)
  expect(bench.broker.groups.hasPending).toBe(false)
}
