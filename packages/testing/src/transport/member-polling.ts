import type { FaustError, GroupConsumer } from '@faust/core'
import { equal, ok } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { turn } from '../kit/turn.ts'
import { drain, pollTimes } from './drain.ts'
import { numbered, sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const PAUSED = 'pause: from the next answer on nothing more is handed over of these'

/** Polls of a member, and steering them. */
export const memberPolling: CaseGroup<TransportContext> = {
  name: 'member polling',
  cases: {
    'a paused partition gives nothing, the others go on': async (context) => {
      const { topic, consumer } = await reading(context)
      consumer.pause([{ topic, partition: 0 }])
      equal(await drain(context.clock, consumer, (count) => count >= 50), numbered('b', 50), PAUSED)
      equal(await pollTimes(context.clock, consumer, 3, 30), [], PAUSED)
      consumer.resume([{ topic, partition: 0 }])
      equal(
        await drain(context.clock, consumer, (count) => count >= 50),
        numbered('a', 50),
        'resume goes on where pause had stopped',
      )
    },

    'pause holds for a poll that is already waiting': async (context) => {
      const topic = await context.declare()
      const writer = await context.producer()
      const one = await context.member({ group: context.uniqueName(), topics: [topic], polling: false })
      await one.start()
      const waiting = one.consumer.poll({ maxWait: 300 })
      one.consumer.pause([{ topic, partition: 0 }])
      await sendTexts(writer, topic, 0, ['while paused'])
      equal(await waiting, [], PAUSED)
      one.consumer.resume([{ topic, partition: 0 }])
      equal(
        await drain(context.clock, one.consumer, (count) => count >= 1),
        ['while paused'],
        'resume goes on where pause had stopped',
      )
    },

    'seek moves back and forth, at once': async (context) => {
      const { topic, consumer } = await reading(context)
      consumer.pause([{ topic, partition: 1 }])
      for (const offset of [40, 3, 49, 0, 20]) {
        await consumer.poll({ maxWait: 20, maxRecords: 4 })
        consumer.seek({ topic, partition: 0 }, offset)
        const [batch] = await consumer.poll({ maxWait: 5000, maxRecords: 4 })
        equal(batch?.records.at(0)?.offset, offset, 'seek: where poll goes on; it takes effect at once')
      }
    },

    'seek moves a poll that is waiting': async (context) => {
      const { topic, consumer } = await reading(context)
      consumer.pause([{ topic, partition: 1 }])
      const first = async (poll: ReturnType<GroupConsumer['poll']>): Promise<number | undefined> =>
        (await poll)[0]?.records.at(0)?.offset
      for (let time = 0; time < 5; time++) {
        consumer.seek({ topic, partition: 0 }, 50)
        const waiting = consumer.poll({ maxWait: 200, maxRecords: 4 })
        await turn(context.clock)
        consumer.seek({ topic, partition: 0 }, 30 + time)
        const offset = (await first(waiting)) ?? (await first(consumer.poll({ maxWait: 5000, maxRecords: 4 })))
        equal(offset, 30 + time, 'seek: where poll goes on; it takes effect at once')
      }
    },

    'reading goes on where seek said, also when a poll was under way': async (context) => {
      const { topic, consumer } = await reading(context)
      consumer.pause([{ topic, partition: 1 }])
      for (let time = 0; time < 20; time++) {
        consumer.seek({ topic, partition: 0 }, 0)
        const poll = consumer.poll({ maxWait: 1000, maxRecords: 4 })
        consumer.seek({ topic, partition: 0 }, 30)
        const before = (await poll)[0]
        // Its answer may have been on its way already; what comes after it may not be of the old place.
        const moved = before !== undefined && (before.records.at(0)?.offset ?? 0) >= 30
        const [after] = await consumer.poll({ maxWait: 5000, maxRecords: 4 })
        equal(after?.records.at(0)?.offset, moved ? before.nextOffset : 30, 'seek: where poll goes on')
      }
    },

    'seek works on a paused partition and does not resume it': async (context) => {
      const { topic, consumer } = await reading(context)
      consumer.pause([0, 1].map((partition) => ({ topic, partition })))
      consumer.seek({ topic, partition: 0 }, 48)
      equal(await pollTimes(context.clock, consumer, 2, 30), [], PAUSED)
      consumer.resume([{ topic, partition: 0 }])
      equal(
        await drain(context.clock, consumer, (count) => count >= 2),
        ['a48', 'a49'],
        'seek takes effect also on a paused partition',
      )
    },

    'what is not assigned is ignored': async (context) => {
      const { topic, consumer } = await reading(context)
      const stranger = { topic: context.topicName(), partition: 0 }
      consumer.seek(stranger, 5)
      consumer.pause([stranger, { topic, partition: 99 }])
      consumer.resume([stranger, { topic, partition: 99 }])
      equal(
        (await drain(context.clock, consumer, (count) => count >= 100)).length,
        100,
        'unassigned partitions are ignored',
      )
    },

    'maxRecords and maxBytes bound an answer and lose nothing': async (context) => {
      const { consumer } = await reading(context)
      const found: Record<number, (string | null)[]> = { 0: [], 1: [] }
      while ((found[0]?.length ?? 0) + (found[1]?.length ?? 0) < 100) {
        await turn(context.clock)
        const answer = await consumer.poll({ maxWait: 1000, maxRecords: 5, maxBytes: 1000 })
        const count = answer.reduce((sum, batch) => sum + batch.records.length, 0)
        ok(
          count <= 6,
          'maxRecords: a bound for the whole answer, one record of each ready partition being allowed',
          `It gave ${count}`,
        )
        equal(new Set(answer.map((batch) => batch.partition)).size, answer.length, 'at most one batch per partition')
        for (const batch of answer) found[batch.partition]?.push(...texts(batch.records))
      }
      equal(found, { 0: numbered('a', 50), 1: numbered('b', 50) }, 'every record is handed over once, in order')
    },

    'a signal ends the wait with an empty answer': async (context) => {
      const topic = await context.declare()
      const one = await context.member({ group: context.uniqueName(), topics: [topic], polling: false })
      await one.start()
      const controller = new AbortController()
      const begin = context.clock.monotonic()
      const poll = one.consumer.poll({ maxWait: 60_000, signal: controller.signal })
      controller.abort()
      equal(await poll, [], 'signal ends the wait early with an empty answer')
      ok(context.clock.monotonic() - begin < 10_000, 'signal ends the wait early')
    },

    'a place out of range is told, others are served, and seek helps': async (context) => {
      const { topic, consumer } = await reading(context)
      consumer.seek({ topic, partition: 0 }, 999)
      let failure: FaustError | undefined
      let served = 0
      for (let turn = 0; turn < 200 && (failure === undefined || served < 50); turn++) {
        const answer = await consumer.poll({ maxWait: 50, maxRecords: 10 }).catch((error: FaustError) => {
          failure = error
          return []
        })
        for (const batch of answer) served += batch.records.length
      }
      const rule =
        'poll rejects with FAUST_OFFSET_OUT_OF_RANGE for a partition until it is sought or paused; others are served in between'
      equal([failure?.code, served], ['FAUST_OFFSET_OUT_OF_RANGE', 50], rule)
      equal(
        [
          failure?.details['topic'],
          failure?.details['partition'],
          failure?.details['offset'],
          failure?.details['logEnd'],
        ],
        [topic, 0, 999, 50],
        rule,
      )
      consumer.seek({ topic, partition: 0 }, 47)
      equal(
        await drain(context.clock, consumer, (count) => count >= 3),
        numbered('a', 3, 47),
        'a partition that was sought is read again',
      )
    },
  },
}

/** What a member sees of transactions. */
export const memberIsolation: CaseGroup<TransportContext> = {
  name: 'member isolation',
  needs: ['transactions'],
  cases: {
    'read-committed hides what is open and what is aborted': async (context) => {
      const topic = await context.declare()
      const one = await context.member({ group: context.uniqueName(), topics: [topic], isolation: 'read-committed' })
      const two = await context.member({ group: context.uniqueName(), topics: [topic], isolation: 'read-uncommitted' })
      await Promise.all([one.start(), two.start()])
      const writer = await context.producer({ transactionalId: context.uniqueName('transaction') })
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['gone'])
      await context.until(() => two.values(topic, 0).length === 1, 'read-uncommitted sees what is stored')
      await writer.abortTransaction()
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['kept'])
      await context.quiet()
      equal(one.values(topic, 0), [], 'read-committed hides what is open and what is aborted')
      await writer.commitTransaction()
      await context.until(() => one.values(topic, 0).length === 1, 'committed records are delivered')
      equal(
        [one.values(topic, 0), two.values(topic, 0)],
        [['kept'], ['gone', 'kept']],
        'isolation says what a member sees',
      )
    },
  },
}

/** A member at the start of two partitions with fifty records each: `a0`… and `b0`…. */
async function reading(context: TransportContext): Promise<{ topic: string; consumer: GroupConsumer }> {
  const topic = await context.declare(2)
  const writer = await context.producer()
  await sendTexts(writer, topic, 0, numbered('a', 50))
  await sendTexts(writer, topic, 1, numbered('b', 50))
  const one = await context.member({ group: context.uniqueName(), topics: [topic], polling: false })
  await one.start()
  return { topic, consumer: one.consumer }
}
