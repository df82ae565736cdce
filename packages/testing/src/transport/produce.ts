import type { OutgoingRecord } from '@faust/core'
import { equal, ok } from '../kit/check.ts'
import { utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { numbered, plain, record, sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const EXACT = 'what is sent is read back byte for byte'

/** Records go in and come out as they were. */
export const produce: CaseGroup<TransportContext> = {
  name: 'produce',
  cases: {
    'keys and values of all kinds come back': async ({ declare, producer, read, random }) => {
      const topic = await declare()
      const empty = new Uint8Array(0)
      const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      const sent: OutgoingRecord[] = [null, empty, Uint8Array.of(0), all, random.bytes(5000)].flatMap((key) =>
        [null, empty, Uint8Array.of(0, 0, 0, 0), all, random.bytes(70_000)].map((value) => ({
          key,
          value,
          timestamp: 1,
        })),
      )
      await (await producer()).send(topic, 0, sent)
      equal((await read(topic)).records.map(plain), sent.map(plain), EXACT)
    },

    'headers keep their order, their duplicates and their nulls': async ({ declare, producer, read }) => {
      const topic = await declare()
      const sent: OutgoingRecord[] = [
        {
          key: null,
          value: utf8('a'),
          timestamp: 1,
          headers: [
            ['x', utf8('1')],
            ['y', null],
            ['x', utf8('2')],
            ['x', utf8('1')],
            ['a', utf8('')],
          ],
        },
        { key: null, value: utf8('b'), timestamp: 1, headers: [] },
        { key: null, value: utf8('c'), timestamp: 1 },
        {
          key: null,
          value: utf8('d'),
          timestamp: 1,
          headers: [
            ['', utf8('empty name')],
            ['ünïcode \u{1f980}', Uint8Array.of(255, 0)],
          ],
        },
      ]
      await (await producer()).send(topic, 0, sent)
      equal((await read(topic)).records.map(plain), sent.map(plain), 'names may repeat and their order is kept')
    },

    'timestamps from 0 to far ahead come back, in any order': async ({ declare, producer, read }) => {
      const topic = await declare(1, { 'message.timestamp.after.max.ms': '9223372036854775807' })
      const stamps = [1_700_000_000_000, 0, 1, 1_600_000_000_000, 1_700_000_000_001, 32_503_680_000_000]
      await (
        await producer()
      ).send(
        topic,
        0,
        stamps.map((timestamp) => record('x', { timestamp })),
      )
      equal(
        (await read(topic)).records.map((item) => item.timestamp),
        stamps,
        "timestamp: epoch ms, the sender's",
      )
    },

    'without a timestamp a record gets the clock of the producer': async ({ declare, producer, read, clock }) => {
      const topic = await declare()
      const before = clock.now()
      await sendTexts(await producer(), topic, 0, ['x'])
      const after = clock.now()
      const stamp = (await read(topic)).records[0]?.timestamp ?? -1
      ok(
        stamp >= before && stamp <= after,
        'timestamp: default the clock of the producer',
        `${stamp} is not in ${before} … ${after}`,
      )
    },

    'with LogAppendTime the log gives the timestamp': async ({ declare, producer, read, clock }) => {
      const topic = await declare(1, { 'message.timestamp.type': 'LogAppendTime' })
      const now = clock.now()
      await (await producer()).send(topic, 0, [record('x', { timestamp: 5 }), record('y', { timestamp: 9 })])
      const stamps = (await read(topic)).records.map((item) => Math.abs(item.timestamp - now) < 3_600_000)
      equal(stamps, [true, true], "timestamp: the log's where the topic is set to append time")
    },

    'offsets follow each other without a gap, from the one that was answered': async ({ declare, producer, read }) => {
      const topic = await declare(2)
      const writer = await producer()
      const bases = []
      for (const count of [1, 3, 2]) bases.push(await sendTexts(writer, topic, 0, numbered('v', count)))
      equal(bases, [0, 1, 4], 'baseOffset: of the first record; the others follow without a gap')
      equal(
        (await read(topic)).records.map((item) => item.offset),
        [0, 1, 2, 3, 4, 5],
        'offsets count the records of a partition',
      )
      equal(await sendTexts(writer, topic, 1, ['x']), 0, 'each partition counts for itself')
    },

    'an array of no records resolves at once': async ({ declare, producer, read }) => {
      const topic = await declare()
      const writer = await producer()
      await writer.send(topic, 0, [])
      await sendTexts(writer, topic, 0, ['x'])
      equal(texts((await read(topic)).records), ['x'], 'an array of no records writes nothing')
    },

    'two hundred sends that nobody awaits keep their order': async ({ declare, producer, read }) => {
      const topic = await declare(3)
      const writer = await producer()
      const values = numbered('v', 200)
      const results = await Promise.all(
        values.map((value, index) => sendTexts(writer, topic, index % 3, [value, `${value}+`])),
      )
      for (const partition of [0, 1, 2]) {
        const mine = values.filter((_, index) => index % 3 === partition).flatMap((value) => [value, `${value}+`])
        equal(
          texts((await read(topic, partition)).records),
          mine,
          'exactly once, in the order of the calls per partition',
        )
      }
      const bases = results.map((base, index) => base === Math.floor(index / 3) * 2)
      ok(bases.every(Boolean), 'send answers where its own records went')
    },

    'bursts one after the other keep their order': async ({ declare, producer, read }) => {
      const topic = await declare()
      const writer = await producer()
      const sent: string[] = []
      for (const size of [2, 5, 1, 40, 3]) {
        const burst = numbered(`burst-${sent.length}-`, size)
        sent.push(...burst)
        await Promise.all(burst.map((value) => sendTexts(writer, topic, 0, [value])))
      }
      equal(texts((await read(topic)).records), sent, 'exactly once, in the order of the calls per partition')
    },

    'several producers write one partition, each in its own order': async ({ declare, producer, read }) => {
      const topic = await declare()
      const writers = [await producer(), await producer(), await producer()]
      await Promise.all(
        writers.map(async (writer, index) => {
          for (let turn = 0; turn < 10; turn++) {
            await Promise.all(numbered(`${index}-`, 5, turn * 5).map((value) => sendTexts(writer, topic, 0, [value])))
          }
        }),
      )
      const found = texts((await read(topic)).records)
      equal(found.length, 150, 'what is acknowledged is in the log exactly once')
      for (const index of [0, 1, 2]) {
        const mine = found.filter((value) => value?.startsWith(`${index}-`))
        equal(mine, numbered(`${index}-`, 50), 'in the order of the calls per partition')
      }
    },

    'ten thousand records': async ({ declare, producer, read }) => {
      const topic = await declare(2)
      const writer = await producer()
      const sends = Array.from({ length: 20 }, (_, index) =>
        sendTexts(writer, topic, index % 2, numbered('v', 500, Math.floor(index / 2) * 500)),
      )
      await Promise.all(sends)
      for (const partition of [0, 1]) {
        equal(
          texts((await read(topic, partition)).records),
          numbered('v', 5000),
          'exactly once, in the order of the calls per partition',
        )
      }
    },

    'a record of nine hundred kilobytes': async ({ declare, producer, read, random }) => {
      const topic = await declare()
      const value = random.bytes(900_000)
      await (await producer()).send(topic, 0, [{ key: null, value }])
      const [found] = (await read(topic)).records
      ok(found?.value !== null && found !== undefined, EXACT)
      equal(Buffer.compare(found.value, value), 0, EXACT)
    },

    'many large records in one send': async ({ declare, producer, read, random }) => {
      const topic = await declare()
      const sent = Array.from({ length: 12 }, () => ({ key: null, value: random.bytes(250_000), timestamp: 1 }))
      await (await producer()).send(topic, 0, sent)
      const found = (await read(topic)).records
      equal(found.length, 12, 'send resolves when all records are acknowledged, however many requests they take')
      equal(
        found.every((item, index) => Buffer.compare(item.value ?? utf8(''), sent[index]?.value ?? utf8('')) === 0),
        true,
        EXACT,
      )
    },
  },
}
