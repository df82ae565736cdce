import type { Clock, MaybePromise, Transport, TransportSupports } from '@faust/core'
import { systemClock } from '@faust/core'
import type { KitOptions } from '../kit/suite.ts'
import { registerSuite } from '../kit/suite.ts'
import { readSupports } from '../kit/supports.ts'
import { transportGroups } from './groups.ts'
import type { TransportFaults, TransportLogControl } from './hooks.ts'
import { timingOf } from './timing.ts'
import type { TransportTiming } from './timing.ts'
import { provideTransportContext } from './transport-context.ts'

/** What the transport kit has to know of an adapter. */
export interface TransportConformanceOptions extends KitOptions {
  /** Makes another client of the log, ready to `start`. All clients of one run reach one log; names keep cases apart. */
  readonly create: () => MaybePromise<Transport>
  /** The manifest, when `create` cannot be called before the tests run. Default: that of a client made for a look at it. */
  readonly supports?: TransportSupports | undefined
  readonly timing?: TransportTiming | undefined
  /** Ways to trouble the path between a client and the log. Cases whose hooks are missing are not run. */
  readonly faults?: TransportFaults | undefined
  /** Ways to act on the log itself. Cases whose hooks are missing are not run. */
  readonly log?: TransportLogControl | undefined
  /** The clock handed to the clients, and by which the kit waits. Default the machine's. */
  readonly clock?: Clock | undefined
  /** Where the kit's chance comes from. Default 1. */
  readonly seed?: number | undefined
}

/**
 * Holds a transport to every promise of `Transport`, `Admin`, `Producer`, `GroupConsumer` and `Reader`, one test each.
 * What its manifest claims must work, what it does not claim must throw `FAUST_NOT_SUPPORTED`.
 *
 * ```ts
 * const log = createEmbeddedLog()
 * transportConformance({ test, create: () => embeddedTransport({ log }) })
 * ```
 */
export function transportConformance(options: TransportConformanceOptions): void {
  const { faults = {}, log = {} } = options
  const supports = readSupports('transport', options.supports, () => options.create())
  const timing = timingOf(options.timing)
  registerSuite({
    kit: 'transport',
    test: options.test,
    skip: options.skip,
    bound: timing.bound,
    groups: transportGroups,
    capabilities: { ...supports, ...given(faults), ...given(log) },
    hooks: HOOKS,
    provide: provideTransportContext({
      create: options.create,
      supports,
      timing,
      clock: options.clock ?? systemClock(),
      faults,
      log,
      seed: options.seed ?? 1,
      run: `kit-${process.pid}-${systemClock().uuid().slice(0, 8)}`,
    }),
  })
}

/** What groups of cases ask for beside capabilities. */
const HOOKS = ['disconnect', 'cut', 'mend', 'loseNextAnswer', 'loseNextRequest', 'compact', 'addPartitions', 'restart']

function given(hooks: object): Record<string, boolean> {
  return Object.fromEntries(Object.entries(hooks).map(([name, hook]) => [name, typeof hook === 'function']))
}
