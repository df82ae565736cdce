import { isFaustError } from '@faust/core'
import { describe, equal, fail, ok, rejects, settle } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { turn } from '../kit/turn.ts'
import { numbered, sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

/** Records that cannot go in, and how a producer ends. */
export const produceFailures: CaseGroup<TransportContext> = {
  name: 'produce failures',
  cases: {
    'a missing topic is an error and is not created': async ({ observer, producer, topicName }) => {
      const writer = await producer()
      const topic = topicName()
      await rejects(
        () => sendTexts(writer, topic, 0, ['x']),
        'FAUST_TOPIC_MISSING',
        'send to a missing topic: FAUST_TOPIC_MISSING',
      )
      equal(
        (await (await observer()).admin.describeTopics([topic])).length,
        0,
        'topics are created by declareTopics alone',
      )
    },

    'a missing partition is an error': async ({ declare, producer }) => {
      const topic = await declare(2)
      const writer = await producer()
      await rejects(
        () => sendTexts(writer, topic, 2, ['x']),
        'FAUST_PARTITION_UNKNOWN',
        'send: FAUST_PARTITION_UNKNOWN',
      )
    },

    'a refused send does not spoil other partitions': async ({ declare, producer, topicName, read }) => {
      const topic = await declare()
      const writer = await producer()
      const refused = settle(() => sendTexts(writer, topicName(), 0, ['x']))
      await sendTexts(writer, topic, 0, ['a'])
      equal((await refused).error !== undefined, true, 'send to a missing topic: FAUST_TOPIC_MISSING')
      await sendTexts(writer, topic, 0, ['b'])
      equal(texts((await read(topic)).records), ['a', 'b'], 'what is acknowledged is in the log exactly once')
    },

    'a record that is too large is refused, and the producer goes on': async ({ declare, producer, read }) => {
      const topic = await declare(1, { 'max.message.bytes': '20000' })
      const writer = await producer()
      await sendTexts(writer, topic, 0, ['before'])
      const large = 'x'.repeat(2_000_000)
      const rule = 'send: FAUST_RECORD_TOO_LARGE when the record is certainly not stored'
      await rejects(() => sendTexts(writer, topic, 0, [large]), 'FAUST_RECORD_TOO_LARGE', rule)
      await sendTexts(writer, topic, 0, ['after'])
      equal(
        texts((await read(topic)).records),
        ['before', 'after'],
        'a refused record is not in the log, and later ones are, once',
      )
    },

    'the size of one send is no reason to refuse small records': async ({ declare, producer, read }) => {
      const topic = await declare(1, { 'max.message.bytes': '20000' })
      const values = numbered('x'.repeat(900), 100)
      await sendTexts(await producer(), topic, 0, values)
      equal(texts((await read(topic)).records), values, 'send splits what is too large for one batch')
    },

    'after a refused send the acknowledged ones are in the log, once and in order': async ({
      declare,
      producer,
      read,
    }) => {
      const topic = await declare(1, { 'max.message.bytes': '20000' })
      const writer = await producer()
      const values = numbered('v', 30)
      values[10] = 'x'.repeat(2_000_000)
      const outcomes = await Promise.all(values.map((value) => settle(() => sendTexts(writer, topic, 0, [value]))))
      const acknowledged = values.filter((_, index) => outcomes[index]?.error === undefined)
      equal(outcomes[10]?.error === undefined, false, 'send: FAUST_RECORD_TOO_LARGE')
      for (const { error } of outcomes)
        ok(error === undefined || isFaustError(error), 'send rejects with a FaustError', describe(error))
      equal(
        texts((await read(topic)).records),
        acknowledged,
        'what is acknowledged is in the log exactly once; what is refused is not',
      )
      // A send of the same size as a refused one must not pass for its duplicate.
      await sendTexts(writer, topic, 0, ['w10'])
      equal(texts((await read(topic)).records).at(-1), 'w10', 'what is acknowledged is in the log exactly once')
    },

    'flush resolves when every earlier send has settled': async ({ declare, producer, clock }) => {
      const topic = await declare(2)
      const writer = await producer()
      await writer.flush()
      let settled = 0
      const sends = numbered('v', 50).map((value, index) =>
        sendTexts(writer, topic, index % 2, [value]).finally(() => settled++),
      )
      await writer.flush()
      // The reaction of the last send may be one turn behind its answer.
      await Promise.resolve()
      await turn(clock)
      equal(settled, 50, 'flush resolves when every earlier send has settled, whichever way')
      await Promise.all(sends)
    },

    'close waits for what is queued, and is idempotent': async ({ declare, producer, read }) => {
      const topic = await declare()
      const writer = await producer()
      const sends = numbered('v', 50).map((value) => settle(() => sendTexts(writer, topic, 0, [value])))
      await Promise.all([writer.close(), writer.close()])
      await writer.close()
      const outcomes = await Promise.all(sends)
      equal(
        outcomes.filter((outcome) => outcome.error !== undefined),
        [],
        'close waits (bounded) for what is queued',
      )
      equal(texts((await read(topic)).records), numbered('v', 50), 'what is acknowledged is in the log exactly once')
      await rejects(() => sendTexts(writer, topic, 0, ['late']), 'FAUST_CLOSED', 'after close: FAUST_CLOSED')
    },

    'a topic made again under its name takes records again': async ({ observer, declare, producer, read, until }) => {
      const topic = await declare()
      const { admin } = await observer()
      const writer = await producer()
      for (let turn = 0; turn < 5; turn++) await sendTexts(writer, topic, 0, [`old-${turn}`])
      await admin.deleteTopics([topic])
      await until(
        async () => (await admin.declareTopics([{ name: topic, partitions: 1 }]))[0]?.created,
        'the topic is made again',
      )
      const acknowledged: string[] = []
      let turn = 0
      await until(async () => {
        const value = `new-${turn++}`
        const { error } = await settle(() => sendTexts(writer, topic, 0, [value]))
        if (error === undefined) acknowledged.push(value)
        else if (!isFaustError(error)) fail('send rejects with a FaustError', describe(error))
        else if (error.code === 'FAUST_DELIVERY_UNKNOWN') await writer.init()
        return acknowledged.length >= 3
      }, 'a producer goes on with a topic that was made again')
      const found = texts((await read(topic)).records)
      equal(
        found.filter((value) => acknowledged.includes(value ?? '')),
        acknowledged,
        'what is acknowledged is in the log exactly once',
      )
    },
  },
}
