import { expect, test } from 'vitest'
import { SCENARIOS } from '../src/scenarios.ts'

/** Few where every change is tried; `pnpm test:seeds` runs ten thousand. */
const SEEDS = 15

test.each(Object.entries(SCENARIOS))('%s, whatever happens', { timeout: 300_000 }, async (_, scenario) => {
  const report = await scenario({ seed: 1, seeds: SEEDS })
  expect(report.faults).toBeGreaterThan(SEEDS)
})
