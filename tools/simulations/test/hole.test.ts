import type { AppOptions } from '@faust/core'
import { simulate } from '@faust/testing'
import { expect, test } from 'vitest'
import { checkAtLeastOnce } from '../src/checks.ts'
import { counting } from '../src/programs.ts'

const SESSION = 1500

/** A worker stands still before its request number `step`, until long after its session. Answers what is wrong then. */
async function pausedBefore(step: number, options: Partial<AppOptions>): Promise<string | undefined> {
  try {
    await simulate({
      app: (clock) => counting(clock, options),
      input: ({ input }, random) =>
        Array.from({ length: 60 }, (_, id) => ({
          topic: input,
          key: `k${random.int(10)}`,
          value: { id, amount: random.int(1000) },
        })),
      check: checkAtLeastOnce,
      faults: [{ step, kind: 'pause', worker: 0, after: false, lasts: 3 * SESSION }],
      duration: 8000,
      session: SESSION,
    })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const EARLIEST = 60
const LATEST = 160

test('the hole of at-least-once: a late changelog batch of a paused worker lands over its successor; not exactly once', async () => {
  // Where commits write changelogs changes with every request that a worker makes: they are looked for.
  let hole = EARLIEST
  let found: string | undefined
  for (; found === undefined && hole <= LATEST; hole++) found = await pausedBefore(hole, {})
  expect(found).toMatch(/^Seed 1 fails: the ids of k\d/)
  expect(found).toMatch(/worker-0 step \d+, produce: pause/)
  for (let step = hole - 8; step < hole + 8; step++) {
    expect(await pausedBefore(step, { guarantee: 'exactly-once' })).toBeUndefined()
  }
}, 180_000)
