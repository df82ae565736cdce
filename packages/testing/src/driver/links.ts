import type { Clock, EmbeddedTransportOptions } from '@faust/core'
import type { RoundLimit } from './round-limit.ts'
import type { WriteOrder } from './write-order.ts'

/** Stands between a client and the embedded log. */
export type Link = NonNullable<EmbeddedTransportOptions['link']>
type Log = Parameters<Link>[0]
type FetchAnswers = Awaited<ReturnType<Log['fetch']>>

/** Notes the order in which records come into the log. */
export function noteWrites(order: WriteOrder): Link {
  return (log) =>
    replacing(log, {
      produce: (request) =>
        after(log.produce(request), (answers) => {
          // A refused batch has no offset.
          for (const { topic, partition, baseOffset } of answers)
            if (baseOffset >= 0) order.note(topic, partition, baseOffset)
          return answers
        }),
    })
}

/**
 * Hands records over in a turn of the clock of their own, as a network would: so no program can feed itself within one
 * turn for ever. Beyond the limit it takes time as well.
 */
export function readInRounds(clock: Clock, limit: RoundLimit): Link {
  const pass = (answers: FetchAnswers): FetchAnswers | Promise<FetchAnswers> => {
    const read = answers.flatMap(({ topic, records }) =>
      records.length > 0 ? [{ topic, records: records.length }] : [],
    )
    if (read.length === 0) return answers
    const delay = limit.count(read)
    return new Promise((resolve) => {
      if (delay === 0) clock.setImmediate(() => resolve(answers))
      else clock.setTimeout(() => resolve(answers), delay)
    })
  }
  return (log) => replacing(log, { fetch: (request) => after(log.fetch(request), pass) })
}

/** One link behind the other: the first is nearest to the client. */
export function chain(...links: readonly Link[]): Link {
  return (log) => links.reduceRight((inner, link) => link(inner), log)
}

function after<T, R>(answer: T | PromiseLike<T>, work: (answer: T) => R | PromiseLike<R>): R | PromiseLike<R> {
  const pending = answer as PromiseLike<T>
  return typeof pending?.then === 'function' ? pending.then(work) : work(answer as T)
}

/** The log with some of its methods replaced. */
function replacing(log: Log, methods: Partial<Log>): Log {
  return new Proxy(log, {
    get(target, name) {
      const own: unknown = Reflect.get(methods, name)
      if (own !== undefined) return own
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}
