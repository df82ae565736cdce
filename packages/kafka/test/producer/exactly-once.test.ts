import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bench, outcome, record, TOPIC } from './support/bench.ts'
import { arbitraryFates } from './support/arbitrary-faults.ts'

interface Call {
  readonly partition: number
  readonly values: readonly string[]
  result: unknown
}

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ send: fc.integer({ min: 0, max: 3 }), count: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 4, arbitrary: fc.record({ wait: fc.integer({ min: 0, max: 3000 }) }) },
  { weight: 1, arbitrary: fc.record({ move: fc.integer({ min: 0, max: 3 }), to: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ down: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ up: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.constant('init' as const) },
)

const run = fc.record({
  steps: fc.array(step, { minLength: 5, maxLength: 60 }),
  fates: arbitraryFates([3, 5, 6, 7, 10, 19, 20, 29, 45, 56, 59, 2]),
  batchSize: fc.constantFrom(120, 300, 1_000_000),
  firstSequence: fc.constantFrom(0, 2 ** 31 - 10),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
})

test('whatever is lost, late, moved or refused: what is acknowledged is in the log exactly once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(run, async ({ steps, fates, batchSize, firstSequence, seed }) => {
      const bench = new Bench({ seed })
      const producer = await bench.ready({}, { batchSize, firstSequence, deliveryTimeout: 4000, requestTimeout: 2000 })
      bench.next('Produce', ...fates)
      const calls: Call[] = []
      const pending: Promise<void>[] = []
      for (const what of steps) {
        if (what === 'init') await bench.clock.run(outcome(producer.init()))
        else if ('wait' in what) await bench.clock.advance(what.wait)
        else if ('move' in what) bench.broker.leaders.set(`${TOPIC} ${what.move}`, what.to)
        else if ('down' in what) bench.network.down.add(what.down)
        else if ('up' in what) bench.network.down.delete(what.up)
        else {
          const call: Call = {
            partition: what.send,
            values: Array.from({ length: what.count }, (_, index) => `${calls.length}.${index}`),
            result: undefined,
          }
          calls.push(call)
          const sent = producer.send(TOPIC, what.send, call.values.map(record))
          pending.push(
            outcome(sent).then(async (result) => {
              call.result = result
              // Whoever goes on needs a new identity.
              if ((result as { code?: string }).code === 'FAUST_DELIVERY_UNKNOWN') await outcome(producer.init())
            }),
          )
        }
      }
      bench.network.down.clear()
      await bench.clock.run(Promise.all(pending))
      bench.network.fate = () => 'served'
      await bench.clock.run(producer.init())
      await bench.clock.run(producer.send(TOPIC, 0, [record('end')]))
      await bench.clock.advance(20_000)
      check(bench, calls)
    }),
    { numRuns: 300 },
  )
})

function check(bench: Bench, calls: readonly Call[]): void {
  for (const partition of [0, 1, 2, 3]) {
    const log = bench.broker.log(TOPIC, partition)
    const mine = calls.filter((call) => call.partition === partition)
    const stored = mine.filter(({ result }) => typeof (result as { baseOffset?: number }).baseOffset === 'number')
    const acknowledged = stored.flatMap(({ values }) => values)
    const known = new Set(acknowledged)
    expect(new Set(log.all).size).toBe(log.all.length)
    expect(log.all.filter((value) => known.has(value))).toEqual(acknowledged)
    for (const { result, values } of stored) {
      const { baseOffset } = result as { baseOffset: number }
      if (baseOffset >= 0) expect(log.all[baseOffset]).toBe(values[0])
    }
    for (const { result, values } of mine) {
      const { code } = result as { code?: string }
      // Of a call that takes several batches the first ones may be stored when a later one is refused.
      if (code === undefined || code === 'FAUST_DELIVERY_UNKNOWN') continue
      const count = values.filter((value) => log.all.includes(value)).length
      expect(count).toBeLessThan(values.length)
    }
  }
}
