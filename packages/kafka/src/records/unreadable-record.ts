import { FaustError, NO_HEADERS, messageOf, type IncomingRecord } from '@faust/core'

/** Where something stands. */
export interface Place {
  readonly topic: string
  readonly partition: number
}

/**
 * What stands for a record, or for a whole batch up to `lastOffset`, that cannot be represented: the policy for records that
 * can't be decoded applies, and reading goes on behind it.
 */
export function unreadable(
  { topic, partition }: Place,
  span: { readonly offset: number; readonly lastOffset: number },
  why: unknown,
): IncomingRecord {
  const { offset, lastOffset } = span
  const which = lastOffset > offset ? `The records up to offset ${lastOffset}` : 'The record'
  const error = new FaustError('FAUST_DECODE', `${which} can't be read: ${messageOf(why)}`, {
    cause: why,
    details: { topic, partition, offset, lastOffset },
  })
  return { offset, timestamp: -1, key: null, value: null, headers: NO_HEADERS, error }
}
