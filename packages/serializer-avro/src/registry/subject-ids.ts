import type { MaybePromise } from '@faust/core'
import type { SubjectStrategy } from './subject.ts'
import { subjectOf } from './subject.ts'

interface Place {
  readonly topic: string
  readonly part: 'key' | 'value'
}

/** The id to write at a place: at once, when it was asked for there before. */
export function subjectIds(
  strategy: SubjectStrategy,
  record: string | undefined,
  idOf: (subject: string) => Promise<number>,
): (place: Place) => MaybePromise<number> {
  const known = { key: new Map<string, number>(), value: new Map<string, number>() }
  return ({ topic, part }) => {
    const id = known[part].get(topic)
    if (id !== undefined) return id
    return idOf(subjectOf(strategy, { topic, part, record })).then((found) => {
      known[part].set(topic, found)
      return found
    })
  }
}
