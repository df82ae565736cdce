import { isFaustError } from '@faust/core'
import { equal } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { numbered, sendTexts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

/** Topics that go while a group reads them. */
export const vanishingTopics: CaseGroup<TransportContext> = {
  name: 'vanishing topics',
  cases: {
    'a deleted one starves no other and is not made again': async (context) => {
      const [gone, kept] = [await context.declare(), await context.declare()]
      const writer = await context.producer()
      const one = await context.member({ group: context.uniqueName(), topics: [gone, kept] })
      await one.start()
      for (const topic of [gone, kept]) await sendTexts(writer, topic, 0, ['before'])
      await context.until(
        () => [gone, kept].every((topic) => one.values(topic, 0).length === 1),
        'records are delivered',
      )
      const { admin } = await context.observer()
      await admin.deleteTopics([gone])
      for (let turn = 0; turn < 5; turn++) {
        await sendTexts(writer, kept, 0, [`after-${turn}`])
        await context.pause(context.timing.heartbeat)
      }
      await context.until(
        () => one.values(kept, 0).length === 6,
        'other partitions are served, whatever became of one topic',
      )
      equal(one.values(kept, 0), ['before', ...numbered('after-', 5)], 'every record is handed over once, in order')
      equal(await admin.describeTopics([gone]), [], 'topics are created by declareTopics alone')
    },

    'one that is made again is not read on as if nothing had happened': async (context) => {
      const topic = await context.declare()
      await sendTexts(await context.producer(), topic, 0, numbered('old', 5))
      const one = await context.member({ group: context.uniqueName(), topics: [topic] })
      await one.start()
      await context.until(() => one.values(topic, 0).length === 5, 'records are delivered')
      const events = one.events.length
      const { admin } = await context.observer()
      await admin.deleteTopics([topic])
      await context.until(
        async () => (await admin.declareTopics([{ name: topic, partitions: 1 }]))[0]?.created,
        'the topic is made again',
      )
      await sendTexts(await context.producer(), topic, 0, numbered('new', 9))
      // A rebalance may take the partition away and give it back; without one the error tells.
      const told = (): boolean => one.errors.some((error) => isFaustError(error, 'FAUST_TOPIC_RECREATED'))
      const given = (): boolean =>
        one.events.slice(events).some((event) => event.hook === 'assigned' && event.partitions.length > 0)
      await context.until(
        () => told() || given(),
        'poll rejects with FAUST_TOPIC_RECREATED for a partition until it is sought or paused',
      )
      if (!given()) one.consumer.seek({ topic, partition: 0 }, 0)
      await context.until(() => one.values(topic, 0).length >= 14, 'a partition that was sought is read again')
      equal(
        one.values(topic, 0),
        [...numbered('old', 5), ...numbered('new', 9)],
        'no record of the new topic is skipped',
      )
    },
  },
}
