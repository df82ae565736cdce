import type { Topic } from '@faust/core'
import { randomFaults, simulatedKafka } from '@faust/kafka/testing'
import {
  FAULT_KINDS,
  type FaultKind,
  type Program,
  type SeededRandom,
  simulate,
  type SimulatedInput,
  type SimulationOptions,
  type SimulationReport,
} from '@faust/testing'
import {
  checkAtLeastOnce,
  checkExactlyOnce,
  checkRepartitioned,
  checkRepartitionedAtLeastOnce,
  checkWindowed,
} from './checks.ts'
import { counting, GRACE, type Happening, repartitioning, windowing } from './programs.ts'

/** How workers reach the log: by the embedded client, or by Kafka's data plane on a broker double. */
export const PLANES = ['embedded', 'double'] as const

export type Plane = (typeof PLANES)[number]

/** Runs a scenario with some seeds. */
export type Scenario = (
  seeds: Pick<SimulationOptions<Program>, 'seed' | 'seeds' | 'faults'>,
  plane?: Plane,
) => Promise<SimulationReport>

const QUICK = { duration: 8000, session: 1500 }
const EXACTLY_ONCE = { guarantee: 'exactly-once', commitInterval: 100 } as const
/** Transactions that the log ends by itself while their workers are still in the group. */
const SHORT = { transactionTimeout: 600 } as const

/**
 * What at-least-once bears. A worker that stands still while a request is in the log's hands, or whose request comes
 * late, may write over its successor's entries: the hole that the documentation names.
 */
const BORNE: readonly FaultKind[] = FAULT_KINDS.filter((kind) => kind !== 'pause' && kind !== 'late request')

function happenings(topic: Topic<string, Happening>, random: SeededRandom): SimulatedInput<string, Happening>[] {
  return Array.from({ length: 60 }, (_, id) => ({
    topic,
    key: `k${random.int(10)}`,
    value: { id, amount: random.int(1000) },
  }))
}

function inWindows(topic: Topic<string, Happening>, random: SeededRandom): SimulatedInput<string, Happening>[] {
  return [
    ...happenings(topic, random).map((one) => ({ ...one, timestamp: random.int(5000) })),
    // One in each partition, behind all others: time goes on, and windows close.
    ...['last-4', 'last-2', 'last-0'].map((key) => ({
      topic,
      key,
      timestamp: 10_000 + GRACE,
      value: { id: -1, amount: 0 },
    })),
  ]
}

/** Brokers go down, lead no more, refuse and deny: what the simulator's own faults, which hit workers, leave out. */
const DOUBLE: SimulationOptions<Program>['transport'] = simulatedKafka({
  requestTimeout: 1000,
  faults: (clock) =>
    randomFaults({ random: () => clock.random(), rate: 0.01, kinds: ['moved', 'down', 'refused', 'denied', 'cut'] }),
})

function scenario<P extends Program>(options: SimulationOptions<P>): Scenario {
  return (seeds, plane = 'embedded') =>
    simulate({ ...QUICK, ...options, ...seeds, transport: plane === 'double' ? DOUBLE : undefined })
}

/** Small apps, each with a model that says what must be there in the end. */
export const SCENARIOS = {
  'at-least-once counts': scenario({
    app: (clock) => counting(clock),
    input: ({ input }, random) => happenings(input, random),
    check: checkAtLeastOnce,
    faults: BORNE,
  }),
  'at-least-once counts with copies': scenario({
    app: (clock) => counting(clock, { standbyReplicas: 1, acceptableRecoveryLag: 0 }),
    input: ({ input }, random) => happenings(input, random),
    check: checkAtLeastOnce,
    workers: 3,
    faults: BORNE,
  }),
  'at-least-once re-keys': scenario({
    app: (clock) => repartitioning(clock),
    input: ({ input }, random) => happenings(input, random),
    check: checkRepartitionedAtLeastOnce,
    faults: BORNE,
  }),
  'exactly-once counts': scenario({
    app: (clock) => counting(clock, { ...EXACTLY_ONCE, ...SHORT }),
    input: ({ input }, random) => happenings(input, random),
    check: checkExactlyOnce,
    transactionCheckInterval: 100,
  }),
  'exactly-once counts with copies': scenario({
    app: (clock) => counting(clock, { ...EXACTLY_ONCE, standbyReplicas: 1 }),
    input: ({ input }, random) => happenings(input, random),
    check: checkExactlyOnce,
    workers: 3,
  }),
  'exactly-once re-keys': scenario({
    app: (clock) => repartitioning(clock, EXACTLY_ONCE),
    input: ({ input }, random) => happenings(input, random),
    check: checkRepartitioned,
  }),
  'exactly-once windows': scenario({
    app: (clock) => windowing(clock, EXACTLY_ONCE),
    input: ({ input }, random) => inWindows(input, random),
    check: checkWindowed,
  }),
  'exactly-once windows with copies that soon go': scenario({
    app: (clock) =>
      windowing(clock, { ...EXACTLY_ONCE, standbyReplicas: 1, acceptableRecoveryLag: 0, copyRetention: 3000 }),
    input: ({ input }, random) => inWindows(input, random),
    check: checkWindowed,
    workers: 3,
  }),
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof SCENARIOS
