import type { OutgoingRecord, Producer } from '@faust/core'
import { equal } from '../kit/check.ts'
import { utf8 } from '../kit/bytes.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { numbered, sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const HIDDEN = 'aborted records are invisible under read-committed'

/** Aborted transactions in every arrangement in which a client was seen to let their records through. */
export const aborts: CaseGroup<TransportContext> = {
  name: 'aborts',
  needs: ['transactions'],
  cases: {
    'aborted records are invisible, committed ones around them are not': async (context) => {
      const { declare, read } = context
      const topic = await declare(2)
      const writer = await transactional(context)
      for (const [turn, commit] of [true, false, true, false].entries()) {
        writer.beginTransaction()
        for (const partition of [0, 1]) await sendTexts(writer, topic, partition, [`t${turn}`])
        await (commit ? writer.commitTransaction() : writer.abortTransaction())
      }
      for (const partition of [0, 1]) {
        equal(texts((await read(topic, partition)).records), ['t0', 't2'], HIDDEN)
        const all = await read(topic, partition, { isolation: 'read-uncommitted' })
        equal(texts(all.records), ['t0', 't1', 't2', 't3'], 'read-uncommitted sees what is stored')
      }
    },

    'an aborted tail is passed': async (context) => {
      const topic = await context.declare()
      const writer = await transactional(context)
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, numbered('gone', 5))
      await writer.abortTransaction()
      await context.stableEnd(topic)
      const { start, records, batches } = await context.read(topic)
      equal(
        [start.end, records.length, batches.at(-1)?.nextOffset],
        [6, 0, 6],
        'nextOffset >= end is always seen, also behind aborts',
      )
    },

    'an abort takes what nobody has awaited': async (context) => {
      const topic = await context.declare()
      const writer = await transactional(context)
      writer.beginTransaction()
      const sends = numbered('gone', 50).map((value) => sendTexts(writer, topic, 0, [value]).catch(() => undefined))
      await writer.abortTransaction()
      await Promise.all(sends)
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['next'])
      await writer.commitTransaction()
      equal(texts((await context.read(topic)).records), ['next'], HIDDEN)
    },

    'transactions of two producers that nest': async (context) => {
      const topic = await context.declare()
      const [outer, inner] = [await transactional(context), await transactional(context)]
      outer.beginTransaction()
      await sendTexts(outer, topic, 0, ['outer 0'])
      inner.beginTransaction()
      await sendTexts(inner, topic, 0, ['inner 0'])
      // The markers come in the other order than the first records.
      await inner.abortTransaction()
      await sendTexts(outer, topic, 0, ['outer 1'])
      await outer.abortTransaction()
      inner.beginTransaction()
      await sendTexts(inner, topic, 0, ['kept'])
      await inner.commitTransaction()
      equal(texts((await context.read(topic)).records), ['kept'], HIDDEN)
    },

    'transactions of two producers that overlap, one committed and one aborted': async (context) => {
      const topic = await context.declare()
      const [kept, gone] = [await transactional(context), await transactional(context)]
      for (let turn = 0; turn < 3; turn++) {
        gone.beginTransaction()
        await sendTexts(gone, topic, 0, [`gone ${turn}`])
        kept.beginTransaction()
        await sendTexts(kept, topic, 0, [`kept ${turn}`])
        await gone.abortTransaction()
        await sendTexts(kept, topic, 0, [`kept ${turn}+`])
        await kept.commitTransaction()
      }
      equal(
        texts((await context.read(topic)).records),
        [0, 1, 2].flatMap((turn) => [`kept ${turn}`, `kept ${turn}+`]),
        HIDDEN,
      )
    },

    'several aborts of one producer in one answer': async (context) => {
      const topic = await context.declare()
      const writer = await transactional(context)
      for (let turn = 0; turn < 5; turn++) {
        writer.beginTransaction()
        await sendTexts(writer, topic, 0, [`gone ${turn}`])
        await writer.abortTransaction()
      }
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['kept'])
      await writer.commitTransaction()
      equal(texts((await context.read(topic)).records), ['kept'], HIDDEN)
    },

    'an abort that spans many answers': async (context) => {
      const topic = await context.declare()
      const [writer, plain] = [await transactional(context), await context.producer()]
      const value = context.random.bytes(50_000)
      const large: OutgoingRecord[] = Array.from({ length: 4 }, () => ({ key: null, value }))
      writer.beginTransaction()
      for (let turn = 0; turn < 8; turn++) {
        await writer.send(topic, 0, large)
        await sendTexts(plain, topic, 0, [`kept ${turn}`])
      }
      await writer.abortTransaction()
      for (const maxBytes of [60_000, 200_000, 10_000_000]) {
        equal(
          texts((await context.read(topic, 0, { maxBytes })).records),
          numbered('kept ', 8),
          `${HIDDEN} (answers of ${maxBytes} bytes)`,
        )
      }
      for (const from of [3, 17, 30]) {
        const { records } = await context.read(topic, 0, { from, maxRecords: 2 })
        equal(
          records.filter((item) => item.value?.length === value.length),
          [],
          `${HIDDEN}, also when reading begins inside (at ${from})`,
        )
      }
    },

    'a data record whose key looks like a marker ends no transaction': async (context) => {
      const topic = await context.declare()
      const writer = await transactional(context)
      const markers = [Uint8Array.of(0, 0, 0, 0), Uint8Array.of(0, 0, 0, 1), new Uint8Array(0)]
      writer.beginTransaction()
      for (const key of markers)
        await writer.send(topic, 0, [
          { key, value: Uint8Array.of(0, 0, 0, 0, 0, 0) },
          { key: null, value: utf8('gone') },
        ])
      await writer.abortTransaction()
      writer.beginTransaction()
      for (const key of markers) await writer.send(topic, 0, [{ key, value: utf8('kept') }])
      await writer.commitTransaction()
      equal(texts((await context.read(topic)).records), ['kept', 'kept', 'kept'], HIDDEN)
    },

    'random transactions of four producers agree with a model': async (context) => {
      const { random } = context
      const topic = await context.declare(2)
      const writers = await Promise.all([0, 1, 2, 3].map(() => transactional(context)))
      const open = new Map<Producer, { partition: number; value: string; offset: number }[]>()
      const kept: { partition: number; value: string; offset: number }[] = []
      const finish = async (writer: Producer, commit: boolean): Promise<void> => {
        if (commit) kept.push(...(open.get(writer) ?? []))
        open.delete(writer)
        await (commit ? writer.commitTransaction() : writer.abortTransaction())
      }
      for (let turn = 0; turn < 120; turn++) {
        const writer = random.pick(writers)
        const mine = open.get(writer)
        if (mine === undefined) {
          writer.beginTransaction()
          open.set(writer, [])
        } else if (random.next() < 0.6) {
          const [partition, value] = [random.int(2), `v${turn}`]
          mine.push({ partition, value, offset: await sendTexts(writer, topic, partition, [value]) })
        } else {
          await finish(writer, random.next() < 0.5)
        }
      }
      for (const writer of open.keys()) await finish(writer, random.next() < 0.5)
      for (const partition of [0, 1]) {
        const expected = kept.filter((item) => item.partition === partition).sort((a, b) => a.offset - b.offset)
        for (const maxRecords of [1, 3, undefined]) {
          const { records } = await context.read(topic, partition, { maxRecords })
          equal(
            texts(records),
            expected.map((item) => item.value),
            `${HIDDEN}, and what was committed is there once`,
          )
        }
      }
    },
  },
}

/** A producer under an id of its own. */
async function transactional(context: TransportContext): Promise<Producer> {
  return context.producer({ transactionalId: context.uniqueName('transaction') })
}
