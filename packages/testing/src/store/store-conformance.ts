import type { Clock, MaybePromise, Store, StoreSupports } from '@faust/core'
import { systemClock } from '@faust/core'
import type { KitOptions } from '../kit/suite.ts'
import { registerSuite } from '../kit/suite.ts'
import { readSupports } from '../kit/supports.ts'
import { batches } from './batches.ts'
import { bytes } from './bytes.ts'
import { crashes } from './crash.ts'
import type { CrashOptions } from './crash.ts'
import { epochs, keptEpochs } from './epochs.ts'
import { fencing } from './fencing.ts'
import { identity, keptIdentity, noIdentity } from './identity.ts'
import { listing } from './listing.ts'
import { locking } from './locking.ts'
import { life } from './life.ts'
import { persistence } from './persistence.ts'
import { positions } from './positions.ts'
import { processes } from './processes.ts'
import { ranges } from './ranges.ts'
import { roundTrips } from './round-trips.ts'
import { shards } from './shards.ts'
import { snapshots } from './snapshots.ts'
import { provideStoreContext } from './store-context.ts'
import type { StorePlace } from './store-context.ts'
import { tuning } from './tuning.ts'
import { unusable } from './unusable.ts'

/** What the store kit has to know of an adapter. */
export interface StoreConformanceOptions extends KitOptions {
  /**
   * Makes a store that is ready to `start`. Equal places reach equal data as far as the store keeps any: a persistent
   * one makes its directory from the place, a shared one its key prefix. Another place is other, empty data.
   */
  readonly create: (place: StorePlace) => MaybePromise<Store>
  /** The manifest, when `create` cannot be called before the tests run. Default: that of a store made for a look at it. */
  readonly supports?: StoreSupports | undefined
  /** Makes a store that cannot start, e.g. with a directory below a file. */
  readonly unusable?: (() => MaybePromise<Store>) | undefined
  /** Lets the kit kill a process that writes. For persistent stores. */
  readonly crash?: CrashOptions | undefined
  /** The clock handed to the store. Default the machine's. */
  readonly clock?: Clock | undefined
  /** Where the kit's chance comes from. Default 1. */
  readonly seed?: number | undefined
  readonly timing?:
    | {
        /** Ms to wait for what must happen. Default 5,000. */
        readonly patience?: number | undefined
        /** Ms after which a case fails by itself, with `crash` four times as many; keep it below the runner's own time-out. Default 15,000. */
        readonly bound?: number | undefined
      }
    | undefined
}

/**
 * Holds a store to every promise of `Store` and `Shard`, one test each. What its manifest claims must work, what it does
 * not claim must throw `FAUST_NOT_SUPPORTED`.
 *
 * ```ts
 * storeConformance({ test, create: ({ place }) => levelStore({ directory: join(temporary, place) }) })
 * ```
 */
export function storeConformance(options: StoreConformanceOptions): void {
  const supports = readSupports('store', options.supports, () => options.create({ place: 'manifest' }))
  const clock = options.clock ?? systemClock()
  const patience = options.timing?.patience ?? 5000
  registerSuite({
    kit: 'store',
    test: options.test,
    skip: options.skip,
    bound: options.timing?.bound ?? 15_000,
    groups: [
      life,
      unusable,
      roundTrips,
      bytes,
      ranges,
      snapshots,
      batches,
      positions,
      tuning,
      listing,
      shards,
      locking,
      epochs,
      fencing,
      persistence,
      keptEpochs,
      identity,
      keptIdentity,
      noIdentity,
      crashes(options.crash),
      processes(options.crash),
    ],
    capabilities: { ...supports, unusable: options.unusable !== undefined, crash: options.crash !== undefined },
    hooks: ['unusable', 'crash'],
    provide: provideStoreContext({
      create: options.create,
      unusable: options.unusable,
      supports,
      clock,
      seed: options.seed ?? 1,
      patience,
      run: `kit-${process.pid}-${systemClock().uuid().slice(0, 8)}`,
    }),
  })
}
