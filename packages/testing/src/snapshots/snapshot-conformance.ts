import type { MaybePromise, SnapshotTarget } from '@faust/core'
import type { KitOptions } from '../kit/suite.ts'
import { registerSuite } from '../kit/suite.ts'
import { seededRandom } from '../random/seeded-random.ts'
import { snapshotCases } from './snapshot-cases.ts'

/** What the kit for snapshot targets has to know of one. */
export interface SnapshotConformanceOptions extends KitOptions {
  /** Makes another target on one place, as another worker would. What the kit writes stays there. */
  readonly create: () => MaybePromise<SnapshotTarget>
  /** Where the kit's chance comes from. Default 1. */
  readonly seed?: number | undefined
  /** Ms after which a case fails by itself. Default 15,000. */
  readonly bound?: number | undefined
}

/**
 * Holds a place for snapshots to every promise of `SnapshotTarget`, one test each.
 *
 * ```ts
 * snapshotConformance({ test, create: () => directorySnapshots({ directory }) })
 * ```
 */
export function snapshotConformance(options: SnapshotConformanceOptions): void {
  // A place outlives a run, and every run begins in folders that are empty.
  const run = `kit-${crypto.randomUUID()}`
  let cases = 0
  registerSuite({
    kit: 'snapshots',
    test: options.test,
    skip: options.skip,
    bound: options.bound ?? 15_000,
    groups: [snapshotCases],
    capabilities: {},
    provide: (name, body) =>
      body({
        create: options.create,
        random: seededRandom(`${options.seed ?? 1} ${name}`),
        table: `${run}.${++cases}_Table-changelog`,
      }),
  })
}
