import { FaustError } from '../../../../src/service/errors.ts'
import type { Broker } from '../../../../src/transport/embedded/log/broker.ts'
import type { ManualClock } from './manual-clock.ts'

/** What happens to one request. */
export type Fate = 'lose-request' | 'lose-answer' | 'late'

/** A way to the log on which requests and answers get lost or come late, as `fateOf` says. */
export function faultyLink(clock: ManualClock, fateOf: (operation: string) => Fate | null): (log: Broker) => Broker {
  return (log) =>
    new Proxy(log, {
      get: (target, name) => {
        const operation: unknown = Reflect.get(target, name, target)
        if (typeof operation !== 'function') return operation
        const call = (args: unknown[]): unknown => Reflect.apply(operation, target, args)
        if (name === 'watchTopics') return (...args: unknown[]) => call(args)
        return (...args: unknown[]) => {
          const fate = fateOf(String(name))
          if (fate === null) return call(args)
          if (fate === 'lose-request') return Promise.reject(lost(String(name)))
          const answer = call(args)
          if (fate === 'lose-answer') return Promise.resolve(answer).then(() => Promise.reject(lost(String(name))))
          return new Promise((resolve) => void clock.setTimeout(() => resolve(answer), Math.floor(clock.random() * 50)))
        }
      },
    })
}

function lost(operation: string): FaustError {
  return new FaustError('FAUST_TRANSPORT_UNAVAILABLE', `${operation} was lost`, { retriable: true })
}
