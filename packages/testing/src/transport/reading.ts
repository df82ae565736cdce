import { equal, ok, rejects } from '../kit/check.ts'
import { utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { turn } from '../kit/turn.ts'
import { numbered, sendTexts, texts } from './records.ts'
import { drain } from './drain.ts'
import type { TransportContext } from './transport-context.ts'

/** A reader's positions and polls. */
export const reading: CaseGroup<TransportContext> = {
  name: 'reader',
  cases: {
    'assign answers where each partition begins and ends': async ({ declare, producer, reader, topicName }) => {
      const [topic, other] = [await declare(2), await declare()]
      const writer = await producer()
      await sendTexts(writer, topic, 1, numbered('v', 4))
      const open = await reader()
      const starts = await open.assign([
        { topic: other, partition: 0, offset: 0 },
        { topic, partition: 1, offset: 2 },
      ])
      equal(
        starts.map((start) => [start.topic, start.partition, start.offset, start.logStart, start.end]),
        [
          [other, 0, 0, 0, 0],
          [topic, 1, 2, 0, 4],
        ],
        'assign answers in the order asked, with the log start and the high watermark',
      )
      const missing = [{ topic: topicName(), partition: 0, offset: 0 }]
      await rejects(() => open.assign(missing), 'FAUST_TOPIC_MISSING', 'assign: FAUST_TOPIC_MISSING')
      await rejects(
        () => open.assign([{ topic, partition: 2, offset: 0 }]),
        'FAUST_PARTITION_UNKNOWN',
        'assign: FAUST_PARTITION_UNKNOWN',
      )
    },

    'reading begins at the offset that was named': async ({ declare, producer, read }) => {
      const topic = await declare()
      await sendTexts(await producer(), topic, 0, numbered('v', 10))
      equal(
        texts((await read(topic, 0, { from: 7 })).records),
        ['v7', 'v8', 'v9'],
        'reads named partitions from named offsets',
      )
      equal((await read(topic, 0, { from: 10 })).records.length, 0, 'the log end is an offset to read from')
    },

    'an empty answer when there is nothing, after maxWait': async ({ declare, reader, clock }) => {
      const topic = await declare()
      const open = await reader()
      equal(await open.poll({ maxWait: 0 }), [], 'poll: empty when maxWait is over, also without partitions')
      await open.assign([{ topic, partition: 0, offset: 0 }])
      equal(await open.poll({ maxWait: 0 }), [], 'poll: maxWait 0 answers at once')
      const begin = clock.monotonic()
      equal(await open.poll({ maxWait: 150 }), [], 'poll: empty when maxWait is over')
      ok(
        clock.monotonic() - begin >= 140,
        'poll waits for maxWait when there is nothing',
        `It waited ${clock.monotonic() - begin} ms`,
      )
    },

    'a poll that waits is answered when records come': async ({ declare, producer, reader, clock }) => {
      const topic = await declare(2)
      const writer = await producer()
      const open = await reader()
      await open.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })))
      for (let turn = 0; turn < 3; turn++) {
        const begin = clock.monotonic()
        const poll = open.poll({ maxWait: 60_000 })
        await sendTexts(writer, topic, turn % 2, [`v${turn}`])
        equal(
          (await poll).flatMap((batch) => texts(batch.records)),
          [`v${turn}`],
          'poll answers what has come',
        )
        ok(
          clock.monotonic() - begin < 10_000,
          'maxWait costs records no time',
          `It took ${clock.monotonic() - begin} ms`,
        )
      }
    },

    'a signal ends the wait with an empty answer': async ({ declare, reader, clock }) => {
      const topic = await declare()
      const open = await reader()
      await open.assign([{ topic, partition: 0, offset: 0 }])
      const controller = new AbortController()
      const begin = clock.monotonic()
      const poll = open.poll({ maxWait: 60_000, signal: controller.signal })
      controller.abort()
      equal(await poll, [], 'signal ends the wait early with an empty answer')
      equal(
        await open.poll({ maxWait: 60_000, signal: controller.signal }),
        [],
        'a signal that has fired allows no wait',
      )
      ok(clock.monotonic() - begin < 10_000, 'signal ends the wait early')
    },

    'a signal loses no records': async ({ declare, producer, reader, random, pause, clock }) => {
      const topic = await declare()
      const writer = await producer()
      const open = await reader()
      await open.assign([{ topic, partition: 0, offset: 0 }])
      const found: (string | null)[] = []
      for (let turn = 0; turn < 30; turn++) {
        const controller = new AbortController()
        const poll = open.poll({ maxWait: 50, signal: controller.signal })
        const send = sendTexts(writer, topic, 0, [`v${turn}`])
        if (random.next() < 0.5) await pause(random.int(5))
        controller.abort()
        for (const batch of await poll) found.push(...texts(batch.records))
        await send
      }
      found.push(...(await drain(clock, open, (count) => found.length + count >= 30)))
      equal(found, numbered('v', 30), 'every record is handed over once, whatever ended a wait')
    },

    'each answer has at most one batch for a partition': async ({ declare, producer, reader, clock }) => {
      const topic = await declare(4)
      const writer = await producer()
      for (let turn = 0; turn < 40; turn++) await sendTexts(writer, topic, turn % 4, [`v${turn}`])
      const open = await reader()
      await open.assign([0, 1, 2, 3].map((partition) => ({ topic, partition, offset: 0 })))
      let count = 0
      while (count < 40) {
        await turn(clock)
        const answer = await open.poll({ maxWait: 1000, maxRecords: 5 })
        ok(answer.length > 0, 'poll answers while there are records')
        equal(new Set(answer.map((batch) => batch.partition)).size, answer.length, 'at most one batch per partition')
        count += answer.reduce((sum, batch) => sum + batch.records.length, 0)
      }
      equal(count, 40, 'every record is handed over once')
    },

    'maxRecords bounds an answer and loses nothing': async ({ declare, producer, reader, clock }) => {
      const topic = await declare(2)
      const writer = await producer()
      await sendTexts(writer, topic, 0, numbered('a', 500))
      await sendTexts(writer, topic, 1, numbered('b', 500))
      const open = await reader()
      await open.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })))
      const found: Record<number, (string | null)[]> = { 0: [], 1: [] }
      while ((found[0]?.length ?? 0) + (found[1]?.length ?? 0) < 1000) {
        await turn(clock)
        const answer = await open.poll({ maxWait: 1000, maxRecords: 7 })
        const count = answer.reduce((sum, batch) => sum + batch.records.length, 0)
        ok(
          count <= 8,
          'maxRecords: a bound for the whole answer, one record of each ready partition being allowed',
          `It gave ${count}`,
        )
        for (const batch of answer) found[batch.partition]?.push(...texts(batch.records))
      }
      equal(found, { 0: numbered('a', 500), 1: numbered('b', 500) }, 'every record is handed over once, in order')
    },

    'maxBytes bounds an answer and loses nothing': async ({ declare, producer, reader, random, clock }) => {
      const topic = await declare()
      const value = random.bytes(10_000)
      await (
        await producer()
      ).send(
        topic,
        0,
        Array.from({ length: 50 }, () => ({ key: null, value })),
      )
      const open = await reader()
      await open.assign([{ topic, partition: 0, offset: 0 }])
      let count = 0
      while (count < 50) {
        await turn(clock)
        const answer = await open.poll({ maxWait: 1000, maxBytes: 35_000 })
        const records = answer.flatMap((batch) => [...batch.records])
        const size = records.reduce((sum, item) => sum + (item.value?.length ?? 0), 0)
        ok(size <= 45_000, 'maxBytes: a bound for the whole answer', `It gave ${size} bytes`)
        for (const batch of answer)
          ok(
            batch.bytes >= size * 0.9 && batch.bytes < size * 2 + 10_000,
            'bytes: size of keys, values and headers',
            `${batch.bytes} for ${size}`,
          )
        count += records.length
      }
      equal(count, 50, 'every record is handed over once')
      await open.assign([{ topic, partition: 0, offset: 0 }])
      const first = await open.poll({ maxWait: 1000, maxBytes: 10 })
      equal(first[0]?.records.length, 1, 'at least one record of each ready partition is allowed, however large')
    },

    'ten thousand records in small answers': async ({ declare, producer, read }) => {
      const topic = await declare()
      const writer = await producer()
      for (let turn = 0; turn < 10; turn++) await sendTexts(writer, topic, 0, numbered('v', 1000, turn * 1000))
      const { records, batches } = await read(topic, 0, { maxRecords: 100 })
      equal(texts(records), numbered('v', 10_000), 'every record is handed over once, in order')
      ok(batches.length >= 100, 'maxRecords: a bound for the whole answer')
    },

    'bytes that were handed over stay as they are': async ({ declare, producer, read }) => {
      const topic = await declare()
      const writer = await producer()
      const value = utf8('as it was sent')
      await writer.send(topic, 0, [{ key: utf8('key'), value, headers: [['h', utf8('header')]] }])
      value.fill(0)
      const first = await read(topic)
      for (let turn = 0; turn < 5; turn++) await sendTexts(writer, topic, 0, numbered('x'.repeat(1000), 50))
      await read(topic)
      equal(
        texts(first.records),
        ['as it was sent'],
        'bytes may be used again once the send has settled, and views stay valid',
      )
    },

    'a slow reader delays no other': async ({ connect, declare, producer, reader, clock }) => {
      const topic = await declare()
      const idle = await declare()
      const transport = await connect()
      const writer = await producer({}, transport)
      const [slow, quick] = [await reader({}, transport), await reader({}, transport)]
      await slow.assign([{ topic: idle, partition: 0, offset: 0 }])
      await quick.assign([{ topic, partition: 0, offset: 0 }])
      const controller = new AbortController()
      const waiting = slow.poll({ maxWait: 60_000, signal: controller.signal })
      const begin = clock.monotonic()
      for (let turn = 0; turn < 5; turn++) {
        await sendTexts(writer, topic, 0, [`v${turn}`])
        equal(await drain(clock, quick, (count) => count >= 1), [`v${turn}`], 'each reader has its own way to the log')
      }
      ok(clock.monotonic() - begin < 10_000, 'each reader has its own way to the log: a slow one delays no other')
      controller.abort()
      await waiting
    },

    'close is idempotent, and ends a poll that waits': async ({ declare, reader, clock }) => {
      const topic = await declare()
      const open = await reader()
      await open.assign([{ topic, partition: 0, offset: 0 }])
      const begin = clock.monotonic()
      const poll = open.poll({ maxWait: 60_000 }).catch(() => [])
      await Promise.all([open.close(), open.close()])
      await open.close()
      await poll
      ok(clock.monotonic() - begin < 10_000, 'close ends a poll that waits')
      await rejects(() => open.poll({ maxWait: 0 }), 'FAUST_CLOSED', 'after close: FAUST_CLOSED')
    },
  },
}
