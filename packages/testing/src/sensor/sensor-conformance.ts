import type { Clock, MaybePromise, Sensor } from '@faust/core'
import { systemClock } from '@faust/core'
import { withCleanup } from '../kit/cleanup.ts'
import type { KitOptions } from '../kit/suite.ts'
import { registerSuite } from '../kit/suite.ts'
import { seededRandom } from '../random/seeded-random.ts'
import { sensorCases } from './sensor-cases.ts'
import { tracerCases } from './tracer-cases.ts'

/** What the sensor kit has to know of an adapter. */
export interface SensorConformanceOptions extends KitOptions {
  readonly create: () => MaybePromise<Sensor>
  /** Whether it follows single records: then its `trace` is held to its promises, too. Default false. */
  readonly traces?: boolean | undefined
  /** The clock handed to the sensor. Default the machine's. */
  readonly clock?: Clock | undefined
  /** Where the kit's chance comes from. Default 1. */
  readonly seed?: number | undefined
  /** Ms after which a case fails by itself. Default 15,000. */
  readonly bound?: number | undefined
}

/**
 * Holds a sensor to every promise of `Sensor`, one test each. What it does with the facts is for its own tests.
 *
 * ```ts
 * sensorConformance({ test, create: () => createMonitor() })
 * ```
 */
export function sensorConformance(options: SensorConformanceOptions): void {
  const { bound = 15_000, traces = false } = options
  registerSuite({
    kit: 'sensor',
    test: options.test,
    skip: options.skip,
    bound,
    groups: [sensorCases, tracerCases],
    capabilities: { trace: traces },
    provide: (name, run) =>
      withCleanup(bound, (cleanup) =>
        run({
          create: options.create,
          traces,
          clock: options.clock ?? systemClock(),
          random: seededRandom(`${options.seed ?? 1} ${name}`),
          cleanup,
        }),
      ),
  })
}
