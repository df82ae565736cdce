import type { Producer } from '@faust/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { InitProducerIdRequest } from '../../src/requests/init-producer-id.ts'
import { arbitraryFates } from './support/arbitrary-faults.ts'
import { Bench, outcome, send, TOPIC } from './support/bench.ts'

const ID = { transactionalId: 'worker-1', transactionTimeout: 5000 }

const run = fc.record({
  /** What the first producer does before it has a rival. */
  before: fc.array(fc.constantFrom('commit', 'abort', 'init'), { maxLength: 4 }),
  /** Whether it has a transaction open when the rival comes. */
  isOpen: fc.boolean(),
  /** What both try afterwards, in turns. */
  after: fc.array(
    fc.record({ zombie: fc.constantFrom('end', 'init', 'write', 'nothing'), wait: fc.constantFrom(0, 5, 500) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  ),
  produce: arbitraryFates([6, 7, 19]),
  init: arbitraryFates([14, 15, 16, 51]),
  addPartitions: arbitraryFates([14, 15, 16, 51]),
  end: arbitraryFates([14, 15, 16, 51]),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
})

test.each([
  ['new', true],
  ['old', true],
  ['new', false],
  ['old', false],
] as const)(
  'on a %s Kafka (leaders ask: %s) who was taken over never commits again, and takes nothing back',
  async (kind, verifies) => {
    await fc.assert(
      fc.asyncProperty(run, async (plan) => {
        const bench = new Bench({ kind, verifies, seed: plan.seed })
        const zombie = await bench.ready(ID)
        bench.next('Produce', ...plan.produce)
        bench.next('InitProducerId', ...plan.init)
        bench.next('AddPartitionsToTxn', ...plan.addPartitions)
        bench.next('EndTxn', ...plan.end)
        const excuses = countExcuses(bench, kind)
        for (const end of plan.before) await bench.clock.run(transact(zombie, 'before', end))
        if (plan.isOpen) await bench.clock.run(outcome(open(zombie, 'left open')))

        let rightful = await bench.clock.run(takeOver(bench))
        await bench.clock.advance(20)
        const stored = bench.broker.log(TOPIC, 0).committed.length
        const attempted: string[] = []
        const acknowledged: string[] = []
        let stopped = 0
        for (const { zombie: what, wait } of plan.after) {
          await bench.clock.run(haunt(zombie, what))
          await bench.clock.advance(wait)
          // A late request of the zombie may end a transaction of the rightful producer, which then goes on.
          for (let end: End | null = null; end !== 'committed';) {
            const value = `rightful ${attempted.length}`
            attempted.push(value)
            end = await bench.clock.run(transact(rightful, value, 'commit'))
            if (end === 'committed') acknowledged.push(value)
            if (end === 'fenced') {
              // Its worker stops then, and its next process takes the id over.
              stopped++
              rightful = await bench.clock.run(takeOver(bench))
            }
            await bench.clock.advance(20)
          }
        }
        await bench.clock.advance(50_000)
        const visible = bench.broker.log(TOPIC, 0).committed.slice(stored)
        expect(visible.filter((value) => acknowledged.includes(value))).toEqual(acknowledged)
        // Where an answer was lost the rest is either, but in order and once.
        expect(visible).toEqual(attempted.filter((value) => visible.includes(value)))
        expect(stopped).toBeLessThanOrEqual(excuses())
      }),
      { numRuns: 150 },
    )
  },
)

/** What became of a transaction. When it is not committed, or nobody knows, the producer was initialised anew and goes on. */
type End = 'committed' | 'not known to be' | 'fenced'

/**
 * How often a rightful producer may be taken for a fenced one. A first init that is carried out after its repetition was
 * confirmed is to the coordinator what a rival's is: nothing tells them apart. An older coordinator refuses whose transaction it
 * has ended as it does a fenced one, and who had no answer from it cannot show that the transaction was open.
 */
function countExcuses(bench: Bench, kind: 'old' | 'new'): () => number {
  let count = 0
  const decide = bench.network.fate
  bench.network.fate = (sent) => {
    const fate = decide(sent)
    const isLate = typeof fate === 'object' && 'late' in fate
    const isFirst = sent.api === 'InitProducerId' && (sent.request as InitProducerIdRequest).producerEpoch === -1
    const isAnswered = fate === 'served' || fate === 'unsent' || (typeof fate === 'object' && 'error' in fate)
    if (isFirst ? isLate : kind === 'old' && sent.api !== 'Produce' && !isAnswered) count++
    return fate
  }
  return () => count
}

async function transact(producer: Producer, value: string, end: 'commit' | 'abort' | 'init'): Promise<End> {
  try {
    producer.beginTransaction()
    void outcome(send(producer, 0, value))
    if (end === 'commit') await producer.commitTransaction()
    else if (end === 'abort') await producer.abortTransaction()
    if (end !== 'init') return end === 'commit' ? 'committed' : 'not known to be'
  } catch {
    // Settled below.
  }
  for (;;) {
    const result = await outcome(producer.init())
    if (result === undefined) return 'not known to be'
    if (result.code === 'FAUST_PRODUCER_FENCED') return 'fenced'
  }
}

async function open(producer: Producer, value: string): Promise<void> {
  producer.beginTransaction()
  await send(producer, 0, value)
}

/** A new process under the same id. */
async function takeOver(bench: Bench): Promise<Producer> {
  const producer = bench.producer(ID)
  for (let result = await outcome(producer.init()); result !== undefined; result = await outcome(producer.init())) {
    expect(result.code).not.toBe('FAUST_PRODUCER_FENCED')
  }
  return producer
}

/** Everything that somebody may try who does not know that he was taken over. */
async function haunt(zombie: Producer, what: string): Promise<void> {
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    expect(await outcome(work())).toHaveProperty('code')
  }
  if (what === 'end') await attempt(() => zombie.commitTransaction())
  if (what === 'init') await attempt(() => zombie.init())
  if (what === 'write') {
    await attempt(async () => {
      await open(zombie, 'zombie')
      await zombie.commitTransaction()
    })
  }
}
