import { FaustError } from '@faust/core'

/** What a subject is named after. */
export interface SubjectPlace {
  readonly topic: string
  readonly part: 'key' | 'value'
  /** The full name of the schema's record; `undefined` when the schema has no name. */
  readonly record: string | undefined
}

/**
 * Under which subject a schema is registered. `'topic'`: `orders-value`. `'record'`: `shop.Order`, so one in all topics.
 * `'topicRecord'`: `orders-shop.Order`. Or a pure function, called once per topic and part.
 */
export type SubjectStrategy = 'topic' | 'record' | 'topicRecord' | ((place: SubjectPlace) => string)

/** The subject at a place. */
export function subjectOf(strategy: SubjectStrategy, { topic, part, record }: SubjectPlace): string {
  if (typeof strategy === 'function') return strategy({ topic, part, record })
  if (strategy === 'topic') return `${topic}-${part}`
  return strategy === 'record' ? record! : `${topic}-${record}`
}

/** Throws `FAUST_SETTING_INVALID` for a strategy that does not exist, or that this schema has no name for. */
export function checkStrategy(strategy: unknown, record: string | undefined): void {
  if (typeof strategy === 'function' || strategy === 'topic') return
  if (strategy !== 'record' && strategy !== 'topicRecord') {
    throw wrong("is none of 'topic', 'record', 'topicRecord' and a function")
  }
  if (record === undefined)
    throw wrong(`is '${strategy}', but the schema has no name. Use 'topic', or name the schema.`)
}

function wrong(problem: string): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `avro: the option \`subject\` ${problem}`, {
    details: { option: 'subject' },
  })
}
