import type { SeededRandom } from '../random/seeded-random.ts'

/** When a fault begins: at a moment of the run, or when the worker does something outside itself for the n-th time. */
export type Trigger =
  /** Ms after the start. */
  | { readonly at: number }
  /**
   * The n-th request or store operation of the worker, counted from 1 over all its lives: so a fault meets any await at
   * which the worker waits for something else than time.
   */
  | { readonly step: number }

/** One thing that goes wrong. Times in ms; workers are numbered from 0. */
export type Fault = Trigger &
  (
    | { readonly kind: 'crash'; readonly worker: number; readonly after: boolean; readonly back: number }
    | { readonly kind: 'pause'; readonly worker: number; readonly after: boolean; readonly lasts: number }
    | { readonly kind: 'restart'; readonly worker: number; readonly back: number }
    | { readonly kind: 'disconnect'; readonly worker: number; readonly lasts: number }
    | { readonly kind: 'slow'; readonly worker: number; readonly lasts: number; readonly latency: number }
    | { readonly kind: 'jump'; readonly worker: number; readonly by: number }
    | { readonly kind: 'lost request' | 'lost answer'; readonly worker: number }
    | { readonly kind: 'late request' | 'late answer'; readonly worker: number; readonly late: number }
    | { readonly kind: 'join'; readonly lasts: number }
    | { readonly kind: 'outage'; readonly lasts: number }
    | { readonly kind: 'foreign transaction'; readonly lasts: number; readonly aborts: boolean }
  )

/** Names of everything that can go wrong. */
export type FaultKind = Fault['kind']

/** What a plan is drawn for. */
export interface PlanLimits {
  readonly workers: number
  /** Ms in which inputs come. */
  readonly duration: number
  /** Most faults of one run. */
  readonly most: number
  readonly kinds: readonly FaultKind[]
  /** The session of the app's workers, in ms: pauses are drawn on both sides of it. */
  readonly session: number
}

/** All kinds, the frequent ones more than once. */
export const FAULT_KINDS: readonly FaultKind[] = [
  'crash',
  'pause',
  'restart',
  'disconnect',
  'slow',
  'jump',
  'lost request',
  'lost answer',
  'late request',
  'late answer',
  'join',
  'outage',
  'foreign transaction',
]

/** Kinds that hit one request and are therefore drawn by its number. */
const AT_A_REQUEST: ReadonlySet<FaultKind> = new Set(['lost request', 'lost answer', 'late request', 'late answer'])
/** Kinds that hit a worker between two of its instructions. */
const IN_A_PROCESS: ReadonlySet<FaultKind> = new Set(['crash', 'pause'])
/** About so many requests a worker makes in a ms. */
const STEPS_PER_MS = 0.05

/** Draws what goes wrong in one run. */
export function drawFaults(random: SeededRandom, limits: PlanLimits): readonly Fault[] {
  const count = random.int(limits.most + 1)
  return Array.from({ length: count }, () => drawFault(random, limits))
}

function drawFault(random: SeededRandom, { duration, kinds, session, workers }: PlanLimits): Fault {
  const kind = random.pick(kinds)
  const worker = random.int(workers)
  const byStep = AT_A_REQUEST.has(kind) || (IN_A_PROCESS.has(kind) && random.next() < 0.7)
  const trigger: Trigger = byStep
    ? { step: 1 + random.int(Math.ceil(duration * STEPS_PER_MS)) }
    : { at: random.int(duration) }
  const upTo = (most: number): number => 1 + random.int(Math.max(1, Math.floor(most)))
  const after = random.next() < 0.5
  switch (kind) {
    case 'crash':
      return { ...trigger, kind, worker, after, back: upTo(session * 2) }
    case 'pause':
      return { ...trigger, kind, worker, after, lasts: upTo(session * 2.5) }
    case 'restart':
      return { ...trigger, kind, worker, back: upTo(session) }
    case 'disconnect':
      return { ...trigger, kind, worker, lasts: upTo(session * 2) }
    case 'slow':
      return { ...trigger, kind, worker, lasts: upTo(session * 2), latency: upTo(session / 8) }
    case 'jump':
      return { ...trigger, kind, worker, by: upTo(7_200_000) - 3_600_000 }
    case 'lost request':
    case 'lost answer':
      return { ...trigger, kind, worker }
    case 'late request':
    case 'late answer':
      return { ...trigger, kind, worker, late: upTo(session * 1.5) }
    case 'join':
      return { ...trigger, kind, lasts: upTo(session * 3) }
    case 'outage':
      return { ...trigger, kind, lasts: upTo(session) }
    default:
      return { ...trigger, kind, lasts: upTo(session), aborts: random.next() < 0.5 }
  }
}

/** A fault in words, for reports; also as code that can be given back to `faults`. */
export function describeFault(fault: Fault): string {
  return JSON.stringify(fault)
}
