import type { FaustError, Reader } from '@faust/core'
import { equal, ok, rejects } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { drain } from './drain.ts'
import { numbered, sendTexts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const RANGE = 'poll rejects with FAUST_OFFSET_OUT_OF_RANGE until the partition is sought or paused'
const RECREATED = 'poll rejects with FAUST_TOPIC_RECREATED when the topic was deleted and made again'

/** Places that cannot be read. */
export const readerErrors: CaseGroup<TransportContext> = {
  name: 'reader errors',
  cases: {
    'beyond the log end': async ({ declare, producer, reader, clock }) => {
      const topic = await declare()
      const writer = await producer()
      await sendTexts(writer, topic, 0, numbered('v', 3))
      const open = await reader()
      await open.assign([{ topic, partition: 0, offset: 9 }])
      const facts = { topic, partition: 0, offset: 9, logStart: 0, logEnd: 3 }
      await rejectsWithFacts(open, 'FAUST_OFFSET_OUT_OF_RANGE', facts, RANGE)
      await rejectsWithFacts(open, 'FAUST_OFFSET_OUT_OF_RANGE', facts, RANGE)
      await open.assign([{ topic, partition: 0, offset: 1 }])
      equal(await drain(clock, open, (count) => count >= 2), ['v1', 'v2'], 'a partition that is moved is read again')
    },

    'other partitions are served in between, and a paused one is silent': async ({ declare, producer, reader }) => {
      const topic = await declare(2)
      const writer = await producer()
      await sendTexts(writer, topic, 1, numbered('v', 20))
      const open = await reader()
      await open.assign([
        { topic, partition: 0, offset: 5 },
        { topic, partition: 1, offset: 0 },
      ])
      const found: string[] = []
      let failures = 0
      for (let turn = 0; turn < 200 && (found.length < 20 || failures === 0); turn++) {
        const answer = await open.poll({ maxWait: 50, maxRecords: 5 }).catch((error: FaustError) => {
          ok(error.code === 'FAUST_OFFSET_OUT_OF_RANGE', RANGE, String(error))
          failures++
          return []
        })
        for (const batch of answer) found.push(...Array.from(batch.records, () => 'v'))
      }
      equal(found.length, 20, 'other partitions are served in between')
      ok(failures > 0, RANGE, 'No poll rejected')
      open.pause([{ topic, partition: 0 }])
      equal(await open.poll({ maxWait: 50 }), [], 'a partition is not complained about while it is paused')
      open.unassign([{ topic, partition: 0 }])
      open.resume([{ topic, partition: 0 }])
      equal(await open.poll({ maxWait: 50 }), [], 'a partition is not complained about once it is unassigned')
    },

    'a topic that was made again is not read on, even when it is long enough': async ({
      observer,
      declare,
      producer,
      reader,
      until,
      clock,
    }) => {
      const topic = await declare()
      await sendTexts(await producer(), topic, 0, numbered('old', 5))
      const open = await reader()
      await open.assign([{ topic, partition: 0, offset: 0 }])
      equal((await drain(clock, open, (count) => count >= 5)).length, 5, 'reads named partitions from named offsets')
      const { admin } = await observer()
      await admin.deleteTopics([topic])
      await until(
        async () => (await admin.declareTopics([{ name: topic, partitions: 1 }]))[0]?.created,
        'the topic is made again',
      )
      await sendTexts(await producer(), topic, 0, numbered('new', 9))
      const error = await until(async () => {
        const outcome = await open.poll({ maxWait: 50 }).then(
          (answer) => ({ records: answer.flatMap((batch) => [...batch.records]) }),
          (failure: FaustError) => ({ failure }),
        )
        if ('failure' in outcome) return outcome.failure.code === 'FAUST_TOPIC_MISSING' ? undefined : outcome.failure
        equal(outcome.records.length, 0, RECREATED)
        return undefined
      }, RECREATED)
      equal(
        [error.code, error.details['topic'], error.details['partition']],
        ['FAUST_TOPIC_RECREATED', topic, 0],
        RECREATED,
      )
      await open.assign([{ topic, partition: 0, offset: 0 }])
      equal(
        await drain(clock, open, (count) => count >= 9),
        numbered('new', 9),
        'a partition that is assigned anew is read again',
      )
    },
  },
}

/** The other side, which needs a log start that moved. */
export const readerBehind: CaseGroup<TransportContext> = {
  name: 'reader behind the log start',
  needs: ['deleteRecords'],
  cases: {
    'before the log start': async ({ observer, declare, producer, reader, clock }) => {
      const topic = await declare()
      await sendTexts(await producer(), topic, 0, numbered('v', 10))
      const { admin } = await observer()
      await admin.deleteRecords([{ topic, partition: 0, offset: 6 }])
      const open = await reader()
      const [start] = await open.assign([{ topic, partition: 0, offset: 2 }])
      equal([start?.logStart, start?.end], [6, 10], 'assign answers where the partition begins and ends')
      const facts = { topic, partition: 0, offset: 2, logStart: 6, logEnd: 10 }
      await rejectsWithFacts(open, 'FAUST_OFFSET_OUT_OF_RANGE', facts, RANGE)
      await open.assign([{ topic, partition: 0, offset: 6 }])
      equal(
        await drain(clock, open, (count) => count >= 4),
        numbered('v', 4, 6),
        'a partition that is moved is read again',
      )
    },

    'a position that was overtaken while reading': async ({ observer, declare, producer, reader, clock }) => {
      const topic = await declare()
      const writer = await producer()
      await sendTexts(writer, topic, 0, ['v0'])
      const open = await reader()
      await open.assign([{ topic, partition: 0, offset: 0 }])
      equal(await drain(clock, open, (count) => count >= 1), ['v0'], 'reads named partitions from named offsets')
      open.pause([{ topic, partition: 0 }])
      await sendTexts(writer, topic, 0, numbered('v', 9, 1))
      await (await observer()).admin.deleteRecords([{ topic, partition: 0, offset: 8 }])
      await open.assign([{ topic, partition: 0, offset: 1 }])
      open.resume([{ topic, partition: 0 }])
      const facts = { topic, partition: 0, offset: 1, logStart: 8, logEnd: 10 }
      await rejectsWithFacts(open, 'FAUST_OFFSET_OUT_OF_RANGE', facts, RANGE)
    },
  },
}

async function rejectsWithFacts(
  open: Reader,
  code: string,
  facts: Record<string, unknown>,
  rule: string,
): Promise<void> {
  const error = (await rejects(() => open.poll({ maxWait: 1000 }), code, rule)) as FaustError
  const told = Object.fromEntries(Object.keys(facts).map((name) => [name, error.details[name]]))
  equal(told, facts, `${code} carries its facts: topic, partition, offset, logStart, logEnd`)
}
