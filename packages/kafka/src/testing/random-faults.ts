import type { DoubleRequest, Fault, Faults } from './fault.ts'
import { PASSING_REFUSALS } from './passing-refusals.ts'

/** What can go wrong with a request. */
export type FaultKind = Fault['kind']

/** How faults are drawn. */
export interface RandomFaultsOptions {
  /** Gives numbers in [0, 1). Of a seed, so that the same faults come again: `seededRandom(7).next`, or a virtual clock's `random`. */
  readonly random: () => number
  /** Which share of the requests is hit. Default 0.1. */
  readonly rate?: number | undefined
  /** What may happen. Default everything. */
  readonly kinds?: readonly FaultKind[] | undefined
  /** Ms that anything takes at most. Default 2,000. */
  readonly longest?: number | undefined
}

/** How often each kind comes, in relation to the others. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  'request-lost': 4,
  'answer-lost': 6,
  cut: 4,
  silence: 1,
  stray: 4,
  slow: 4,
  late: 4,
  refused: 6,
  denied: 4,
  moved: 4,
  down: 1,
}

const RATE = 0.1
const LONGEST = 2000
/** A cut falls into so many bytes, which most requests and answers exceed or nearly reach. */
const CUT_WITHIN = 600

/** Faults by chance. Everything that is drawn passes: a client that goes on trying gets through. */
export function randomFaults(options: RandomFaultsOptions): Faults {
  const { random, rate = RATE, longest = LONGEST } = options
  const kinds = options.kinds ?? (Object.keys(WEIGHTS) as FaultKind[])
  const total = kinds.reduce((sum, kind) => sum + WEIGHTS[kind], 0)
  const ms = (): number => 1 + Math.floor(random() * longest)
  const draw = (): FaultKind => {
    let left = random() * total
    return kinds.find((kind) => (left -= WEIGHTS[kind]) < 0) ?? kinds[0]!
  }
  return (request) => (random() < rate ? faultOf(draw(), request, random, ms) : undefined)
}

function faultOf(kind: FaultKind, { api }: DoubleRequest, random: () => number, ms: () => number): Fault | undefined {
  switch (kind) {
    case 'cut':
      return { kind, at: Math.floor(random() * CUT_WITHIN) }
    case 'stray':
      return { kind, after: ms() }
    case 'slow':
    case 'late':
      return { kind, by: ms() }
    case 'down':
      return { kind, for: ms() }
    case 'refused':
    case 'denied': {
      const errors = PASSING_REFUSALS[api]?.[kind] ?? []
      const error = errors[Math.floor(random() * errors.length)]
      return error === undefined ? undefined : { kind, error }
    }
    default:
      return { kind }
  }
}
