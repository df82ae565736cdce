import { equal, rejects } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { numbered, sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

/** How far partitions reach, and what groups have committed before anybody joined. */
export const offsets: CaseGroup<TransportContext> = {
  name: 'offsets',
  cases: {
    'an empty partition begins and ends at 0': async ({ observer, declare }) => {
      const topic = await declare()
      const { admin } = await observer()
      const expected = [{ topic, partition: 0, logStart: 0, logEnd: 0, lastStable: 0 }]
      equal(strip(await admin.offsets([{ topic, partition: 0 }])), expected, 'logEnd: one beyond the last record')
    },

    'both ends are told, in the order asked': async ({ observer, declare, producer }) => {
      const [topic, other] = [await declare(3), await declare()]
      const writer = await producer()
      await sendTexts(writer, topic, 2, numbered('a', 5))
      await sendTexts(writer, other, 0, numbered('b', 2))
      const { admin } = await observer()
      const asked = [
        { topic: other, partition: 0 },
        { topic, partition: 2 },
        { topic, partition: 0 },
        { topic, partition: 1 },
      ]
      const ends = (await admin.offsets(asked)).map((item) => [
        item.topic,
        item.partition,
        item.logStart,
        item.logEnd,
        item.lastStable,
      ])
      equal(
        ends,
        [
          [other, 0, 0, 2, 2],
          [topic, 2, 0, 5, 5],
          [topic, 0, 0, 0, 0],
          [topic, 1, 0, 0, 0],
        ],
        'offsets: in the order asked',
      )
      equal(await admin.offsets([]), [], 'offsets of nothing is nothing')
    },

    'missing topics and partitions are errors of their own': async ({ observer, declare, topicName }) => {
      const topic = await declare(2)
      const { admin } = await observer()
      const missing = { topic: topicName(), partition: 0 }
      await rejects(() => admin.offsets([missing]), 'FAUST_TOPIC_MISSING', 'offsets: FAUST_TOPIC_MISSING')
      await rejects(
        () => admin.offsets([{ topic, partition: 2 }]),
        'FAUST_PARTITION_UNKNOWN',
        'offsets: FAUST_PARTITION_UNKNOWN',
      )
      equal((await admin.describeTopics([missing.topic])).length, 0, 'asking creates no topic')
    },

    'a group that never committed has nothing, for any partition': async ({ observer, declare, uniqueName }) => {
      const topic = await declare(2)
      const { admin } = await observer()
      const asked = [
        { topic, partition: 1 },
        { topic, partition: 0 },
      ]
      for (const requireStable of [false, true]) {
        const answers = await admin.committedOffsets(uniqueName(), asked, { requireStable })
        const expected = asked.map((partition) => ({ ...partition, offset: null, metadata: '', leaderEpoch: -1 }))
        equal(strip(answers), expected, 'committedOffsets: null when nothing is committed, in the order asked')
      }
    },
  },
}

/** Moving log starts. */
export const deleteRecords: CaseGroup<TransportContext> = {
  name: 'deleteRecords',
  needs: ['deleteRecords'],
  cases: {
    'it moves the log start up and never down': async ({ observer, declare, producer, read }) => {
      const topic = await declare(2)
      const { admin } = await observer()
      await sendTexts(await producer(), topic, 0, numbered('a', 10))
      const at = (offset: number): { topic: string; partition: number; offset: number }[] => [
        { topic, partition: 0, offset },
      ]
      equal(strip(await admin.deleteRecords(at(4))), at(4), 'deleteRecords answers the new log starts')
      equal((await admin.offsets(at(0)))[0]?.logStart, 4, 'logStart: the first offset that can still be read')
      equal(
        texts((await read(topic, 0, { from: 4 })).records),
        numbered('a', 6, 4),
        'what lies behind the log start stays',
      )
      equal(strip(await admin.deleteRecords(at(2))), at(4), 'the log start is never moved down')
      equal(strip(await admin.deleteRecords(at(10))), at(10), 'the log start can be moved up to the log end')
      equal((await admin.offsets(at(0)))[0]?.logEnd, 10, 'the log end stays')
      await sendTexts(await producer(), topic, 0, ['next'])
      equal(texts((await read(topic, 0, { from: 10 })).records), ['next'], 'offsets go on behind what was deleted')
    },

    'it is the first thing that a client does': async ({ connect, declare, producer }) => {
      const topic = await declare(2)
      const writer = await producer()
      for (const partition of [0, 1]) await sendTexts(writer, topic, partition, numbered('a', 3))
      const wished = [1, 0].map((partition) => ({ topic, partition, offset: partition + 1 }))
      equal(
        strip(await (await connect()).admin.deleteRecords(wished)),
        wished,
        'deleteRecords answers the new log starts',
      )
    },

    'it disturbs no producer': async ({ observer, declare, producer, read }) => {
      const topic = await declare()
      const { admin } = await observer()
      const writer = await producer()
      for (let turn = 0; turn < 5; turn++) {
        await sendTexts(writer, topic, 0, numbered(`turn-${turn}-`, 3))
        await admin.deleteRecords([{ topic, partition: 0, offset: turn * 3 + 2 }])
      }
      equal(texts((await read(topic, 0, { from: 14 })).records), ['turn-4-2'], 'producers go on across deleteRecords')
    },
  },
}

/** Own properties only, without what an adapter may add for itself. */
function strip(items: readonly object[]): Record<string, unknown>[] {
  const known = ['topic', 'partition', 'offset', 'metadata', 'leaderEpoch', 'logStart', 'logEnd', 'lastStable']
  return items.map((item) => Object.fromEntries(Object.entries(item).filter(([name]) => known.includes(name))))
}
