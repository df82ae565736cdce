import { equal, ok } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { pollTimes } from './drain.ts'
import { numbered, sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const ATOMIC = 'the records of a transaction become visible together, when it commits'

/** What readers see of transactions. */
export const transactions: CaseGroup<TransportContext> = {
  name: 'transactions',
  needs: ['transactions'],
  cases: {
    'records become visible with the commit, in every partition': async ({
      declare,
      producer,
      read,
      reader,
      uniqueName,
      until,
      clock,
    }) => {
      const topic = await declare(3)
      const writer = await producer({ transactionalId: uniqueName('transaction') })
      const open = await reader({ isolation: 'read-committed' })
      await open.assign([0, 1, 2].map((partition) => ({ topic, partition, offset: 0 })))
      writer.beginTransaction()
      for (const partition of [0, 1, 2]) await sendTexts(writer, topic, partition, numbered(`p${partition}-`, 3))
      equal(await pollTimes(clock, open, 3, 30), [], ATOMIC)
      await writer.commitTransaction()
      const found: (string | null)[] = []
      await until(
        async () => found.push(...(await pollTimes(clock, open, 1, 50))) >= 9,
        'committed records become visible',
      )
      for (const partition of [0, 1, 2])
        equal(texts((await read(topic, partition)).records), numbered(`p${partition}-`, 3), ATOMIC)
    },

    'read-uncommitted sees records of open transactions': async ({ declare, producer, reader, uniqueName, clock }) => {
      const topic = await declare()
      const writer = await producer({ transactionalId: uniqueName('transaction') })
      const open = await reader({ isolation: 'read-uncommitted' })
      await open.assign([{ topic, partition: 0, offset: 0 }])
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['open'])
      equal(await pollTimes(clock, open, 1, 5000), ['open'], 'read-uncommitted sees what is stored')
      await writer.abortTransaction()
    },

    'the last stable offset waits for the oldest open transaction': async ({
      declare,
      producer,
      observer,
      read,
      uniqueName,
      stableEnd,
      until,
    }) => {
      const topic = await declare()
      const { admin } = await observer()
      const ends = async (): Promise<{ logEnd: number; lastStable: number }> => {
        const [item] = await admin.offsets([{ topic, partition: 0 }])
        return { logEnd: item?.logEnd ?? -1, lastStable: item?.lastStable ?? -1 }
      }
      const [first, second] = [
        await producer({ transactionalId: uniqueName('transaction') }),
        await producer({ transactionalId: uniqueName('transaction') }),
      ]
      const plain = await producer()
      await sendTexts(plain, topic, 0, ['before'])
      first.beginTransaction()
      await sendTexts(first, topic, 0, ['first'])
      second.beginTransaction()
      await sendTexts(second, topic, 0, ['second'])
      await sendTexts(plain, topic, 0, ['plain'])
      equal(await ends(), { logEnd: 4, lastStable: 1 }, 'lastStable: the smallest offset of a transaction still open')
      equal(
        (await read(topic, 0, { isolation: 'read-uncommitted' })).start.end,
        4,
        'end: the high watermark, open transactions included',
      )
      await second.commitTransaction()
      await until(async () => (await ends()).logEnd === 5, 'the marker of the second transaction is written')
      ok(
        (await ends()).lastStable === 1,
        'lastStable: the smallest offset of a transaction still open',
        `It is ${(await ends()).lastStable}`,
      )
      await first.commitTransaction()
      equal(await stableEnd(topic), 6, 'lastStable: else logEnd, the two commit markers included')
      equal(
        texts((await read(topic)).records),
        ['before', 'first', 'second', 'plain'],
        'records stand where they were stored',
      )
    },

    'the markers at the end are passed': async ({ declare, producer, read, uniqueName, stableEnd }) => {
      const topic = await declare()
      const writer = await producer({ transactionalId: uniqueName('transaction') })
      for (let turn = 0; turn < 3; turn++) {
        writer.beginTransaction()
        await sendTexts(writer, topic, 0, [`v${turn}`])
        await writer.commitTransaction()
      }
      equal(await stableEnd(topic), 6, 'each transaction ends with a marker, which has an offset of its own')
      for (const isolation of ['read-committed', 'read-uncommitted'] as const) {
        const { start, records, batches } = await read(topic, 0, { isolation })
        equal([start.end, batches.at(-1)?.nextOffset], [6, 6], 'nextOffset >= end is always seen, also behind markers')
        equal(texts(records), ['v0', 'v1', 'v2'], 'markers are no records')
        const behind = await read(topic, 0, { isolation, from: 5 })
        equal(
          [behind.records.length, behind.batches.at(-1)?.nextOffset],
          [0, 6],
          'every move is delivered, also without records',
        )
      }
    },

    'one transaction follows the other at once': async ({ declare, producer, read, uniqueName, clock }) => {
      const topic = await declare(2)
      const writer = await producer({ transactionalId: uniqueName('transaction') })
      const begin = clock.monotonic()
      for (let turn = 0; turn < 50; turn++) {
        writer.beginTransaction()
        await Promise.all([sendTexts(writer, topic, 0, [`a${turn}`]), sendTexts(writer, topic, 1, [`b${turn}`])])
        await writer.commitTransaction()
      }
      ok(clock.monotonic() - begin < 10_000, 'the next transaction begins at once after a commit')
      equal(texts((await read(topic, 0)).records), numbered('a', 50), ATOMIC)
      equal(texts((await read(topic, 1)).records), numbered('b', 50), ATOMIC)
    },

    'sends to twenty partitions at once are one transaction': async ({ declare, producer, read, uniqueName }) => {
      const topic = await declare(20)
      const writer = await producer({ transactionalId: uniqueName('transaction') })
      writer.beginTransaction()
      const partitions = Array.from({ length: 20 }, (_, partition) => partition)
      await Promise.all(
        [0, 1, 2].flatMap((turn) => partitions.map((partition) => sendTexts(writer, topic, partition, [`t${turn}`]))),
      )
      await writer.commitTransaction()
      for (const partition of partitions) {
        equal(
          texts((await read(topic, partition)).records),
          ['t0', 't1', 't2'],
          'exactly once, in the order of the calls per partition',
        )
      }
    },

    'commit flushes what nobody has awaited': async ({ declare, producer, read, uniqueName }) => {
      const topic = await declare()
      const writer = await producer({ transactionalId: uniqueName('transaction') })
      writer.beginTransaction()
      const sends = numbered('v', 100).map((value) => sendTexts(writer, topic, 0, [value]))
      await writer.commitTransaction()
      await Promise.all(sends)
      equal(texts((await read(topic)).records), numbered('v', 100), 'commitTransaction flushes and commits')
    },

    'an empty transaction may be committed and aborted': async ({ declare, producer, read, uniqueName, stableEnd }) => {
      const topic = await declare()
      const writer = await producer({ transactionalId: uniqueName('transaction') })
      for (let turn = 0; turn < 3; turn++) {
        writer.beginTransaction()
        await writer.commitTransaction()
        writer.beginTransaction()
        await writer.abortTransaction()
      }
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['v'])
      await writer.commitTransaction()
      equal(texts((await read(topic)).records), ['v'], 'a transaction that wrote nothing leaves no trace')
      equal(await stableEnd(topic), 2, 'a transaction that wrote nothing writes no marker')
    },

    'plain records between those of a transaction stay visible': async ({ declare, producer, read, uniqueName }) => {
      const topic = await declare()
      const [writer, plain] = [await producer({ transactionalId: uniqueName('transaction') }), await producer()]
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['t0'])
      await sendTexts(plain, topic, 0, ['p0'])
      await sendTexts(writer, topic, 0, ['t1'])
      await sendTexts(plain, topic, 0, ['p1'])
      await writer.abortTransaction()
      equal(texts((await read(topic)).records), ['p0', 'p1'], 'an abort hides its own records and no others')
    },
  },
}
