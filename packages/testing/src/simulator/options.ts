import { type Broker, checkOptions, type Clock, type EmbeddedLog, FaustError, type Transport } from '@faust/core'
import type { SeededRandom } from '../random/seeded-random.ts'
import { type Fault, FAULT_KINDS, type FaultKind } from './faults.ts'
import type { Outcome } from './outcome.ts'
import type { Program, SimulatedInput } from './program.ts'

/** A simulation of several workers of one app. Times in ms of the simulated clock. */
export interface SimulationOptions<P extends Program> {
  /**
   * Declares the program, anew for every life of every worker. What it uses of time and chance has to come from
   * `clock`, else a run is no function of its seed.
   */
  readonly app: (clock: Clock) => P
  /** What comes in, in the order of coming per partition; spread over `duration`. */
  readonly input: (program: P, random: SeededRandom) => readonly SimulatedInput[]
  /** Looks at the end of a run, and throws when something is wrong. Default: what holds for every app is checked alone. */
  readonly check?: ((outcome: Outcome<P>) => unknown) | undefined
  /** Workers at the start. Default 2. */
  readonly workers?: number | undefined
  /** One seed is run; several are `seeds`. Default 1. */
  readonly seed?: number | undefined
  /** How many seeds are run, from `seed` on. Default 1. */
  readonly seeds?: number | undefined
  /** Kinds that may be drawn, or exactly what happens. Default: all kinds. */
  readonly faults?: readonly FaultKind[] | readonly Fault[] | undefined
  /** Most faults that are drawn for a run. Default 8. */
  readonly most?: number | undefined
  /** How long inputs come and faults happen. Default 20,000. */
  readonly duration?: number | undefined
  /** The app's `sessionTimeout`, for faults that last longer or shorter than it. Default 10,000, as the app's. */
  readonly session?: number | undefined
  /** How long after the last fault everything must be done. Default 300,000. */
  readonly patience?: number | undefined
  /** Chance of a run that workers find their disks and names again. Default 0.7; 0 for apps that keep nothing. */
  readonly keptDisks?: number | undefined
  /** How often the log looks for transactions that are too old. Default 1,000. */
  readonly transactionCheckInterval?: number | undefined
  /** Another way to the log than the embedded client, such as a data plane on a broker double. */
  readonly transport?:
    | ((parts: {
        readonly clock: Clock
        readonly log: EmbeddedLog
        /** Of the log and of all that is around it: unlike `clock` it goes on when the worker does not. */
        readonly logClock: Clock
        readonly link: (log: Broker) => Broker
      }) => Transport)
    | undefined
}

/** The same with every default. */
export interface CheckedSimulation<P extends Program> {
  readonly program: (clock: Clock) => P
  readonly input: SimulationOptions<P>['input']
  readonly check: SimulationOptions<P>['check']
  readonly workers: number
  readonly seed: number
  readonly seeds: number
  readonly plan: readonly Fault[] | undefined
  readonly faultLimits: { readonly most: number; readonly kinds: readonly FaultKind[] }
  readonly duration: number
  readonly session: number
  readonly patience: number
  readonly keptDisks: number
  readonly transactionCheckInterval: number
  readonly transport: SimulationOptions<P>['transport']
}

const SHAPES = {
  app: '(clock) => ({ app: createApp({ id, clock }), … })',
  input: '(program, random) => [{ topic, key, value }, …]',
} as const
const OPTIONS: readonly (keyof SimulationOptions<Program>)[] = [
  'app',
  'input',
  'check',
  'workers',
  'seed',
  'seeds',
  'faults',
  'most',
  'duration',
  'session',
  'patience',
  'keptDisks',
  'transactionCheckInterval',
  'transport',
]

function checkProgram<P extends Program>(program: P): P {
  if (typeof (program as Partial<P> | undefined)?.app?.configure === 'function') return program
  throw invalid(`\`app\` answers no program: ${SHAPES.app}`)
}

/** Checks and completes; throws `FAUST_SETTING_INVALID` naming what is wrong. */
export function checkSimulation<P extends Program>(options: SimulationOptions<P>): CheckedSimulation<P> {
  checkOptions('simulate', options, OPTIONS)
  for (const name of ['app', 'input'] as const) {
    if (typeof options[name] !== 'function') throw invalid(`\`${name}\` must be a function: ${SHAPES[name]}`)
  }
  if (options.check !== undefined && typeof options.check !== 'function') throw invalid('`check` must be a function')
  const { faults = FAULT_KINDS, keptDisks = 0.7 } = options
  const number = (name: keyof SimulationOptions<P>, fallback: number, least: number): number => {
    const value = (options[name] as number | undefined) ?? fallback
    if (Number.isInteger(value) && value >= least) return value
    throw invalid(`\`${name}\` is ${String(value)}; it must be a whole number of at least ${least}`)
  }
  if (!(keptDisks >= 0 && keptDisks <= 1)) throw invalid(`\`keptDisks\` is ${keptDisks}; it must be between 0 and 1`)
  const kinds = faults.filter((fault) => typeof fault === 'string')
  const unknown = kinds.find((kind) => !FAULT_KINDS.includes(kind))
  if (unknown !== undefined) throw invalid(`\`faults\` names "${unknown}", which is none of ${FAULT_KINDS.join(', ')}`)
  const plan = faults.filter((fault) => typeof fault !== 'string')
  const isPlan = plan.length > 0 || faults.length === 0
  if (isPlan && kinds.length > 0) throw invalid('`faults` mixes kinds with faults: give one or the other')
  return {
    program: (clock) => checkProgram(options.app(clock)),
    input: options.input,
    check: options.check,
    workers: number('workers', 2, 1),
    seed: number('seed', 1, 0),
    seeds: number('seeds', 1, 1),
    plan: isPlan ? plan : undefined,
    faultLimits: { most: number('most', 8, 0), kinds },
    duration: number('duration', 20_000, 1),
    session: number('session', 10_000, 1),
    patience: number('patience', 300_000, 1),
    keptDisks,
    transactionCheckInterval: number('transactionCheckInterval', 1000, 1),
    transport: options.transport,
  }
}

function invalid(problem: string): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `simulate: ${problem}.`)
}
