import { equal, ok, rejects } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { record, sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const DECLARE = 'declareTopics creates the topics that are missing and leaves existing ones as they are'

/** Topics come, are described and go. */
export const topics: CaseGroup<TransportContext> = {
  name: 'topics',
  cases: {
    'missing ones are created, and all are answered in the order asked': async ({ observer, topicName }) => {
      const { admin } = await observer()
      const [a, b, c] = [topicName(), topicName(), topicName()]
      const first = await admin.declareTopics([{ name: b, partitions: 2 }])
      equal(
        first.map(({ name, partitions, created }) => [name, partitions, created]),
        [[b, 2, true]],
        DECLARE,
      )
      const all = await admin.declareTopics([
        { name: c, partitions: 1 },
        { name: b, partitions: 2 },
        { name: a, partitions: 5 },
      ])
      equal(
        all.map(({ name, partitions, created }) => [name, partitions, created]),
        [
          [c, 1, true],
          [b, 2, false],
          [a, 5, true],
        ],
        `${DECLARE}; it answers all of them in the order asked`,
      )
    },

    'an existing one stays as it is, whatever is wished': async ({ observer, topicName, producer, read }) => {
      const { admin } = await observer()
      const name = topicName()
      const [before] = await admin.declareTopics([{ name, partitions: 2, config: { 'cleanup.policy': 'compact' } }])
      await (await producer()).send(name, 0, [record('kept', { key: 'a' })])
      const [after] = await admin.declareTopics([{ name, partitions: 7, config: { 'cleanup.policy': 'delete' } }])
      equal([after?.partitions, after?.id, after?.created], [2, before?.id, false], DECLARE)
      equal(after?.config['cleanup.policy'], 'compact', 'the answer tells the topics as they stand now')
      equal(texts((await read(name)).records), ['kept'], DECLARE)
    },

    'partitions and settings have defaults, and the description has them all': async ({ observer, topicName }) => {
      const { admin } = await observer()
      const [topic] = await admin.declareTopics([{ name: topicName(), config: { 'retention.ms': '-1' } }])
      ok((topic?.partitions ?? 0) >= 1, "partitions: default the log's own")
      equal(topic?.config['retention.ms'], '-1', "settings have Kafka's names")
      for (const name of ['cleanup.policy', 'message.timestamp.type', 'delete.retention.ms']) {
        ok(
          typeof topic?.config[name] === 'string',
          'config: every setting of the topic, defaults included',
          `${name} is missing`,
        )
      }
    },

    'two clients that declare one topic at once agree on it': async ({ connect, topicName }) => {
      const [one, two] = [await connect(), await connect()]
      const name = topicName()
      const answers = await Promise.all(
        [one, two, one, two].map(({ admin }) => admin.declareTopics([{ name, partitions: 3 }])),
      )
      const flat = answers.flat()
      equal(new Set(flat.map((topic) => topic.id)).size, 1, DECLARE)
      equal(flat.filter((topic) => topic.created).length, 1, 'created is told to the one who created it')
    },

    'a declared topic can be written and read at once': async ({ connect, topicName, producer, read }) => {
      const writer = await producer()
      const { admin } = await connect()
      for (let turn = 0; turn < 5; turn++) {
        const name = topicName()
        await admin.declareTopics([{ name, partitions: 1 }])
        await sendTexts(writer, name, 0, ['first'])
        equal(
          texts((await read(name)).records),
          ['first'],
          'declareTopics resolves when the topics can be written and read',
        )
      }
    },

    'descriptions leave out what is missing, and without names give all': async ({ observer, declare, topicName }) => {
      const { admin } = await observer()
      const [a, b] = [await declare(2), await declare(3)]
      const some = await admin.describeTopics([b, topicName(), a])
      equal(
        new Map(some.map((topic) => [topic.name, topic.partitions])),
        new Map([
          [a, 2],
          [b, 3],
        ]),
        'missing ones are left out',
      )
      const all = (await admin.describeTopics()).map((topic) => topic.name)
      ok(all.includes(a) && all.includes(b), 'describeTopics: all of them when the names are left out')
      equal(await admin.describeTopics([]), [], 'no names are not all names')
    },

    'a deleted one is gone, and a missing one is no error': async ({ observer, declare, topicName, until }) => {
      const { admin } = await observer()
      const [topic, other] = [await declare(), await declare()]
      await admin.deleteTopics([topicName(), topic])
      await until(
        async () => (await admin.describeTopics([topic])).length === 0,
        'a deleted topic is not described any more',
      )
      equal((await admin.describeTopics([other])).length, 1, 'deleteTopics deletes no other topic')
      await rejects(
        () => admin.offsets([{ topic, partition: 0 }]),
        'FAUST_TOPIC_MISSING',
        'offsets of a missing topic: FAUST_TOPIC_MISSING',
      )
      await admin.deleteTopics([topic])
    },

    'one made again under its name is empty and has another id': async ({
      observer,
      declare,
      producer,
      read,
      until,
    }) => {
      const { admin } = await observer()
      const topic = await declare(1)
      const [before] = await admin.describeTopics([topic])
      await sendTexts(await producer(), topic, 0, ['old', 'old'])
      await admin.deleteTopics([topic])
      const again = await until(
        async () =>
          (await admin.declareTopics([{ name: topic, partitions: 1 }])).find((item) => item.id !== before?.id),
        'a topic that was deleted can be made again',
      )
      ok(again.id !== before?.id, 'id: another one after the topic was deleted and made again under its name')
      await sendTexts(await producer(), topic, 0, ['new'])
      equal(texts((await read(topic)).records), ['new'], 'deleteTopics deletes topics with their records')
    },

    'an id stays while the topic does': async ({ observer, connect, declare }) => {
      const topic = await declare()
      const [here] = await (await observer()).admin.describeTopics([topic])
      const [there] = await (await connect()).admin.describeTopics([topic])
      ok(typeof here?.id === 'string' && here.id !== '', 'a topic has an id')
      equal(there?.id, here?.id, "the id is the topic's and not the client's")
    },

    'an impossible name is refused': async ({ observer, uniqueName }) => {
      const { admin } = await observer()
      for (const name of ['', `${uniqueName('topic')} with spaces`]) {
        await rejects(
          () => admin.declareTopics([{ name, partitions: 1 }]),
          [],
          "topic names are Kafka's: not empty, no space",
        )
      }
    },

    'many questions at the same time': async ({ connect, declare, producer }) => {
      const { admin } = await connect()
      const topic = await declare(4)
      await (await producer()).send(topic, 2, [record('x')])
      const questions = Array.from({ length: 50 }, async (_, index) => {
        const [offsets] = await admin.offsets([{ topic, partition: index % 4 }])
        equal(offsets?.logEnd, index % 4 === 2 ? 1 : 0, 'calls may run at the same time, each has its own answer')
        equal(
          (await admin.describeTopics([topic])).length,
          1,
          'calls may run at the same time, each has its own answer',
        )
      })
      await Promise.all(questions)
    },
  },
}
