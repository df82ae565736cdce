import { type Broker, type Clock, FaustError } from '@faust/core'
import type { Life } from './life.ts'

/** What is to happen to one request. */
export type Fate =
  | { readonly kind: 'lost request' | 'lost answer' }
  | { readonly kind: 'late request' | 'late answer'; readonly late: number }

/** How a worker's way to the log is at this moment. */
export interface WireState {
  /** Neither requests nor answers get through. */
  readonly cut: () => boolean
  /** Most ms that a request, and that its answer, is under way; 0 answers at once. */
  readonly latency: () => number
  /**
   * Called when a request is made, and before its answer is seen; the process may stop or end in it. `before` answers
   * the fate of this request, if it has one.
   */
  readonly before: (operation: string) => Fate | undefined
  readonly answered: (operation: string) => void
}

/** Ms after which a cut is noticed. */
const NOTICED = 5

/**
 * Requests of a transaction that came late would reach the next one of the same producer. The embedded client counts on
 * it that they don't, so they get lost instead; a Kafka client can't, and is tried on the broker double.
 */
const NEVER_LATE: ReadonlySet<string> = new Set([
  'initProducerId',
  'addPartitionsToTxn',
  'addOffsetsToTxn',
  'txnOffsetCommit',
  'endTxn',
])

/** Questions that the embedded client asks without waiting. */
const LOCAL: ReadonlySet<string> = new Set(['watchTopics', 'describeTopics', 'durable'])

/** The way between one life of a worker and the log, on which requests and answers are late or get lost. */
export function wire(clock: Clock, life: Life, state: WireState): (log: Broker) => Broker {
  const later = (ms: number): Promise<void> => new Promise((resolve) => void clock.setTimeout(resolve, ms))
  const travel = (): Promise<void> | undefined => {
    const latency = state.latency()
    return latency === 0 ? undefined : later(clock.random() * latency)
  }
  const send = async (operation: string, call: () => unknown): Promise<unknown> => {
    const fate = state.before(operation)
    // A process that ended in the midst of it sends nothing; one that was stopped sends when it goes on.
    if (!life.alive || life.paused) await life.entered(() => {})
    const going = travel()
    if (going !== undefined) await going
    if (fate?.kind === 'lost request' || state.cut()) return lost(operation)
    if (fate?.kind === 'late request') {
      // The client has given up by the time at which it arrives.
      if (!NEVER_LATE.has(operation)) clock.setTimeout(() => void arrive(call), fate.late)
      return lost(operation)
    }
    const answer = await call()
    const coming = travel()
    if (coming !== undefined) await coming
    if (fate?.kind === 'late answer') await later(fate.late)
    if (fate?.kind === 'lost answer' || state.cut()) return lost(operation)
    return answer
  }
  const lost = async (operation: string): Promise<never> => {
    await later(NOTICED)
    throw new FaustError('FAUST_TRANSPORT_UNAVAILABLE', `The simulated wire has lost ${operation}`, { retriable: true })
  }
  return (log) =>
    new Proxy(log, {
      get(target, name) {
        const operation: unknown = Reflect.get(target, name, target)
        if (typeof operation !== 'function') return operation
        if (name === 'watchTopics') {
          return (listener: () => void) => {
            const end = target.watchTopics(() => life.enter(listener))
            life.onEnd(end)
            return end
          }
        }
        if (LOCAL.has(String(name))) return operation.bind(target) as unknown
        return (...args: unknown[]) => {
          if (!life.alive) return new Promise(() => {})
          const sent = send(String(name), () => Reflect.apply(operation, target, args) as unknown)
          return new Promise((resolve, reject) => {
            const settle = (how: () => void): void => {
              if (!life.alive) return
              state.answered(String(name))
              life.enter(how)
            }
            sent.then(
              (answer) => settle(() => resolve(answer)),
              (error: unknown) => settle(() => reject(error)),
            )
          })
        }
      },
    })
}

/** A request that nobody waits for any more. */
async function arrive(call: () => unknown): Promise<void> {
  try {
    await call()
  } catch {
    // The log is closed: so much for that.
  }
}
