import type { EmbeddedLog } from '../../../../src/transport/embedded/log/embedded-log.ts'
import type { Isolation } from '../../../../src/transport/embedded/log/broker-records.ts'
import type { OutgoingRecord } from '../../../../src/transport/record.ts'
import { record, text } from './fixture.ts'

/** Whose records they are; none by default. */
export interface As {
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly transactionalId?: string
}

/** Produces to partition 0 of a topic and answers the one answer. */
export function produce(log: EmbeddedLog, topic: string, records: readonly OutgoingRecord[], as: As = {}) {
  const { producerId = -1, producerEpoch = -1, baseSequence = -1, transactionalId } = as
  const transactional = transactionalId !== undefined
  const place = { topic, partition: 0, timestamp: 0, records }
  const batch = { ...place, producerId, producerEpoch, baseSequence, transactional }
  const [answer] = log.produce({ transactionalId, batches: [batch] })
  if (answer === undefined) throw new Error('no answer')
  return answer
}

/** Text values, without keys. */
export function texts(...values: string[]): OutgoingRecord[] {
  return values.map((value) => record(null, value))
}

/** Everything of partition 0 of a topic, as `offset:key=value`. */
export function contents(log: EmbeddedLog, topic: string, isolation: Isolation = 'read-uncommitted'): string[] {
  const [ends] = log.listOffsets([{ topic, partition: 0 }])
  const found: string[] = []
  let offset = ends?.logStart ?? 0
  for (;;) {
    const bounds = { maxWait: 0, maxRecords: 1_000_000, maxBytes: Number.MAX_SAFE_INTEGER }
    const answers = log.fetch({ isolation, partitions: [{ topic, partition: 0, offset }], ...bounds })
    if (answers instanceof Promise) throw new Error('a fetch without a wait answered with a promise')
    const [answer] = answers
    if (answer === undefined) return found
    if (answer.error !== 0) throw new Error(`error ${answer.error}`)
    for (const { offset: at, key, value } of answer.records) found.push(`${at}:${text(key) ?? ''}=${text(value)}`)
    if (answer.nextOffset <= offset) throw new Error('the position does not move')
    offset = answer.nextOffset
  }
}

/** The bounds of partition 0 of a topic. */
export function bounds(log: EmbeddedLog, topic: string) {
  const [answer] = log.listOffsets([{ topic, partition: 0 }])
  if (answer === undefined) throw new Error('no answer')
  const { logStart, highWatermark, lastStable } = answer
  return { logStart, highWatermark, lastStable }
}

/** A transactional producer, straight at the log. */
export function transactional(log: EmbeddedLog, transactionalId: string, timeout = 60_000) {
  const { producerId, producerEpoch, error } = log.initProducerId({
    transactionalId,
    transactionTimeout: timeout,
    producerId: -1,
    producerEpoch: -1,
  })
  const sequences = new Map<string, number>()
  const request = { transactionalId, producerId, producerEpoch }
  return {
    ...request,
    error,
    add: (topic: string) => log.addPartitionsToTxn({ ...request, partitions: [{ topic, partition: 0 }] }),
    send: (topic: string, ...records: OutgoingRecord[]) => {
      const baseSequence = sequences.get(topic) ?? 0
      const answer = produce(log, topic, records, { ...request, baseSequence })
      if (answer.error === 0) sequences.set(topic, baseSequence + records.length)
      return answer
    },
    end: (commit: boolean) => log.endTxn({ ...request, commit }),
  }
}
