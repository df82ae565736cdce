import { equal, ok } from '../kit/check.ts'
import { text } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { numbered, record, sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const GAPS =
  'gaps left by compaction are passed: every move of the position is delivered, so nextOffset >= end is always seen'

/** Topics that are compacted. */
export const compaction: CaseGroup<TransportContext> = {
  name: 'compaction',
  needs: ['compact'],
  cases: {
    'the last record of each key stays, with its offset': async ({ declare, producer, read, log }) => {
      const topic = await declare(1, { 'cleanup.policy': 'compact' })
      const writer = await producer()
      for (let turn = 0; turn < 10; turn++) {
        await writer.send(
          topic,
          0,
          ['a', 'b', 'c'].map((key) => record(`${key}${turn}`, { key })),
        )
      }
      await log.compact?.(topic)
      const { start, records, batches } = await read(topic)
      equal([start.end, batches.at(-1)?.nextOffset], [30, 30], GAPS)
      const last = new Map(records.map((item) => [text(item.key), text(item.value)]))
      equal(
        [...last].sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1)),
        [
          ['a', 'a9'],
          ['b', 'b9'],
          ['c', 'c9'],
        ],
        'compaction keeps the last record of each key',
      )
      equal(
        records.slice(-3).map((item) => item.offset),
        [27, 28, 29],
        'compaction moves no record',
      )
    },

    'reading may begin in a gap': async ({ declare, producer, read, log }) => {
      const topic = await declare(1, { 'cleanup.policy': 'compact' })
      const writer = await producer()
      for (let turn = 0; turn < 20; turn++) await writer.send(topic, 0, [record(`v${turn}`, { key: 'same' })])
      await writer.send(topic, 0, [record('other', { key: 'other' })])
      await log.compact?.(topic)
      for (const from of [0, 1, 10, 18, 19, 20, 21]) {
        const { records, batches, start } = await read(topic, 0, { from })
        equal(from < 21 ? batches.at(-1)?.nextOffset : start.offset, 21, GAPS)
        ok(
          records.every((item) => item.offset >= from),
          'reads from named offsets',
          `It gave ${records[0]?.offset} for ${from}`,
        )
        equal(texts(records).at(-1) ?? 'other', 'other', 'compaction keeps the last record of each key')
      }
    },

    'whole runs of a log may be empty': async ({ declare, producer, read, log, uniqueName, supports, stableEnd }) => {
      const topic = await declare(1, { 'cleanup.policy': 'compact' })
      const writer = await producer(supports.transactions ? { transactionalId: uniqueName('transaction') } : {})
      for (let turn = 0; turn < 15; turn++) {
        if (supports.transactions) writer.beginTransaction()
        await writer.send(
          topic,
          0,
          numbered('key', 20).map((key) => record(`${key} ${turn}`, { key })),
        )
        if (supports.transactions) await writer.commitTransaction()
      }
      const end = await stableEnd(topic)
      await log.compact?.(topic)
      for (const isolation of ['read-committed', 'read-uncommitted'] as const) {
        for (const maxRecords of [1, undefined]) {
          const { records, batches, start } = await read(topic, 0, { isolation, maxRecords })
          equal([start.end, batches.at(-1)?.nextOffset], [end, end], GAPS)
          const last = new Map(records.map((item) => [text(item.key), text(item.value)]))
          equal(last.size, 20, 'compaction keeps the last record of each key')
          ok(
            [...last.values()].every((value) => value?.endsWith(' 14')),
            'compaction keeps the last record of each key',
          )
        }
      }
    },
  },
}

/** Topics that grow while a group reads them. */
export const growth: CaseGroup<TransportContext> = {
  name: 'more partitions',
  needs: ['addPartitions'],
  cases: {
    'a member sees new partitions of its topic': async ({ declare, member, uniqueName, log, until, producer }) => {
      const topic = await declare(1)
      const one = await member({ group: uniqueName(), topics: [topic] })
      await one.start()
      await log.addPartitions?.(topic, 3)
      await until(
        () => one.owned().length === 3,
        'every member watches partition counts, and new ones lead to a rebalance',
      )
      const writer = await producer()
      await until(
        () =>
          sendTexts(writer, topic, 2, ['v']).then(
            () => true,
            () => false,
          ),
        'a new partition can be written',
      )
      await until(() => one.values(topic, 2).length > 0, 'a new partition is read')
    },

    'the description tells them': async ({ declare, observer, log, until }) => {
      const topic = await declare(1)
      const { admin } = await observer()
      await log.addPartitions?.(topic, 2)
      await until(
        async () => (await admin.describeTopics([topic]))[0]?.partitions === 2,
        'a description tells a topic as it is',
      )
    },
  },
}

/** What a log keeps. */
export const durability: CaseGroup<TransportContext> = {
  name: 'durable',
  needs: ['durable', 'restart'],
  cases: {
    'records, offsets and ids are there after a restart': async (context) => {
      const topic = await context.declare(2, { 'cleanup.policy': 'compact' })
      const group = context.uniqueName()
      const first = await context.connect()
      const [before] = await first.admin.describeTopics([topic])
      const writer = await context.producer({}, first)
      await writer.send(topic, 1, [record('v0', { key: 'a', timestamp: 5 }), record(null, { key: 'b', timestamp: 6 })])
      const member = await context.member({ group, topics: [topic] }, first)
      await member.start()
      await member.consumer.commit([{ topic, partition: 1, offset: 1, metadata: 'kept' }])
      await member.close(true)
      await first.close()
      await (await context.observer()).close()
      await context.log.restart?.()
      const { admin } = await context.connectAnew()
      const [after] = await admin.describeTopics([topic])
      equal(
        [after?.id, after?.partitions, after?.config['cleanup.policy']],
        [before?.id, 2, 'compact'],
        'durable: topics outlive the process',
      )
      const [stored] = await admin.committedOffsets(group, [{ topic, partition: 1 }], { requireStable: true })
      equal([stored?.offset, stored?.metadata], [1, 'kept'], 'durable: committed offsets outlive the process')
      const { records } = await context.read(topic, 1)
      equal(
        records.map((item) => [item.offset, text(item.key), text(item.value), item.timestamp]),
        [
          [0, 'a', 'v0', 5],
          [1, 'b', null, 6],
        ],
        'durable: records outlive the process',
      )
      await (await context.producer()).send(topic, 1, [record('next', { key: 'c' })])
      equal((await context.read(topic, 1)).records.at(-1)?.offset, 2, 'offsets go on where they were')
    },
  },
}

/** Transactions across a restart. */
export const durableTransactions: CaseGroup<TransportContext> = {
  name: 'durable transactions',
  needs: ['durable', 'restart', 'transactions'],
  cases: {
    'committed stays committed, aborted aborted, and open ones end': async (context) => {
      const topic = await context.declare()
      const transactionalId = context.uniqueName('transaction')
      const writer = await context.producer({ transactionalId })
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['kept'])
      await writer.commitTransaction()
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['gone'])
      await writer.abortTransaction()
      const left = await context.producer({
        transactionalId: context.uniqueName('transaction'),
        transactionTimeout: context.timing.transaction,
      })
      left.beginTransaction()
      await sendTexts(left, topic, 0, ['left open'])
      await (await context.observer()).close()
      await context.log.restart?.()
      await context.connectAnew()
      const again = await context.producer({ transactionalId })
      again.beginTransaction()
      await sendTexts(again, topic, 0, ['after'])
      await again.commitTransaction()
      await context.pause(context.timing.transaction + context.timing.transactionCheck)
      equal(
        texts((await context.read(topic)).records),
        ['kept', 'after'],
        'what was decided stays decided, and what was open is aborted',
      )
    },
  },
}
