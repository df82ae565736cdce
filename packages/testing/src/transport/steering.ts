import type { Reader, TopicPartition } from '@faust/core'
import { equal, ok } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { turn } from '../kit/turn.ts'
import { drain, pollTimes } from './drain.ts'
import { numbered, sendTexts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const PAUSED = 'pause: from the next answer on nothing more is handed over of these'

/** Pausing, resuming, moving and dropping the partitions of a reader. */
export const steering: CaseGroup<TransportContext> = {
  name: 'reader steering',
  cases: {
    'a paused partition gives nothing, the others go on': async (context) => {
      const { topic, open } = await twoPartitions(context)
      open.pause([at(topic, 0)])
      const found = await drain(context.clock, open, (count) => count >= 100)
      equal(found, numbered('b', 100), PAUSED)
      equal(await pollTimes(context.clock, open, 3, 30), [], PAUSED)
      open.resume([at(topic, 0)])
      equal(
        await drain(context.clock, open, (count) => count >= 100),
        numbered('a', 100),
        'resume goes on where pause had stopped',
      )
    },

    'pause and resume in the middle lose nothing and double nothing': async (context) => {
      const { topic, open } = await twoPartitions(context)
      const found: Record<number, number> = { 0: 0, 1: 0 }
      let paused: number | undefined
      while ((found[0] ?? 0) + (found[1] ?? 0) < 200) {
        await turn(context.clock)
        for (const batch of await open.poll({ maxWait: 50, maxRecords: 3 })) {
          ok(batch.partition !== paused, PAUSED, `Partition ${batch.partition} was handed over while paused`)
          for (const record of batch.records) {
            equal(record.offset, found[batch.partition], 'every record is handed over once, in order')
            found[batch.partition] = record.offset + 1
          }
        }
        if (paused !== undefined) open.resume([at(topic, paused)])
        const next = context.random.int(3)
        paused = next < 2 ? next : undefined
        if (paused !== undefined) open.pause([at(topic, paused)])
      }
      equal(found, { 0: 100, 1: 100 }, 'every record is handed over once, in order')
    },

    'pause holds for a poll that is already waiting': async ({ declare, producer, reader, clock }) => {
      const topic = await declare()
      const writer = await producer()
      const open = await reader()
      await open.assign([{ topic, partition: 0, offset: 0 }])
      const begin = clock.monotonic()
      const waiting = open.poll({ maxWait: 300 })
      open.pause([at(topic, 0)])
      await sendTexts(writer, topic, 0, ['while paused'])
      equal(await waiting, [], PAUSED)
      ok(clock.monotonic() - begin < 10_000, 'a poll without anything to read ends with maxWait')
      open.resume([at(topic, 0)])
      equal(await drain(clock, open, (count) => count >= 1), ['while paused'], 'resume goes on where pause had stopped')
    },

    'pausing and resuming what is not assigned is ignored': async (context) => {
      const { topic, open } = await twoPartitions(context)
      const strangers = [at(topic, 77), at(context.topicName(), 0)]
      open.pause(strangers)
      open.resume(strangers)
      open.unassign(strangers)
      equal(
        (await drain(context.clock, open, (count) => count >= 200)).length,
        200,
        'unassigned partitions are ignored',
      )
    },

    'an unassigned partition delivers nothing later': async (context) => {
      const { topic, open, writer } = await twoPartitions(context)
      await open.poll({ maxWait: 1000, maxRecords: 4 })
      open.unassign([at(topic, 0)])
      await sendTexts(writer, topic, 0, ['later'])
      for (let turn = 0; turn < 10; turn++) {
        for (const batch of await open.poll({ maxWait: 30 })) {
          equal(batch.partition, 1, 'unassign: nothing of them is delivered any more')
        }
      }
    },

    'a poll that waits gives nothing of what was unassigned meanwhile': async ({ declare, producer, reader }) => {
      const topic = await declare()
      const writer = await producer()
      const open = await reader()
      await open.assign([{ topic, partition: 0, offset: 0 }])
      const waiting = open.poll({ maxWait: 300 })
      open.unassign([at(topic, 0)])
      await sendTexts(writer, topic, 0, ['late'])
      equal(await waiting, [], 'unassign: nothing of them is delivered any more')
    },

    'assign moves a partition, back and forth': async (context) => {
      const { topic, open } = await twoPartitions(context)
      open.unassign([at(topic, 1)])
      for (const offset of [50, 10, 90, 0, 99]) {
        await open.poll({ maxWait: 1000, maxRecords: 5 })
        await open.assign([{ topic, partition: 0, offset }])
        const [batch] = await open.poll({ maxWait: 5000, maxRecords: 5 })
        equal(batch?.records.at(0)?.offset, offset, 'assign moves a partition when the reader has it')
      }
    },

    'assign takes effect although a poll is under way': async (context) => {
      const { topic, open } = await twoPartitions(context)
      open.unassign([at(topic, 1)])
      for (let turn = 0; turn < 20; turn++) {
        // Far enough from the end that two answers do not reach it.
        const offset = context.random.int(80)
        const poll = open.poll({ maxWait: 1000, maxRecords: 5 })
        await open.assign([{ topic, partition: 0, offset }])
        await poll
        const [batch] = await open.poll({ maxWait: 5000, maxRecords: 5 })
        // The poll that was under way may have given the first records of the new place already.
        const first = batch?.records.at(0)?.offset ?? -1
        ok(
          first >= offset && first <= offset + 5,
          'assign moves a partition when the reader has it',
          `Moved to ${offset}, it gave ${first}`,
        )
        await open.assign([{ topic, partition: 0, offset: 0 }])
      }
    },

    'a partition that is added leaves the others where they are': async ({ declare, producer, reader, clock }) => {
      const topic = await declare(2)
      const writer = await producer()
      for (const partition of [0, 1]) await sendTexts(writer, topic, partition, numbered(`${partition}-`, 10))
      const open = await reader()
      await open.assign([{ topic, partition: 0, offset: 0 }])
      equal(
        await drain(clock, open, (count) => count >= 10),
        numbered('0-', 10),
        'reads named partitions from named offsets',
      )
      await open.assign([{ topic, partition: 1, offset: 5 }])
      equal(await drain(clock, open, (count) => count >= 5), numbered('1-', 5, 5), 'assign adds partitions')
      equal(await pollTimes(clock, open, 2, 30), [], 'every record is handed over once')
    },

    'a paused partition can be moved': async (context) => {
      const { topic, open } = await twoPartitions(context)
      open.unassign([at(topic, 1)])
      open.pause([at(topic, 0)])
      await open.assign([{ topic, partition: 0, offset: 95 }])
      open.resume([at(topic, 0)])
      equal(
        await drain(context.clock, open, (count) => count >= 5),
        numbered('a', 5, 95),
        'a move takes effect also on a paused partition',
      )
    },
  },
}

function at(topic: string, partition: number): TopicPartition {
  return { topic, partition }
}

/** A reader at the start of two partitions with a hundred records each: `a0`… and `b0`…. */
async function twoPartitions(
  context: TransportContext,
): Promise<{ topic: string; open: Reader; writer: Awaited<ReturnType<TransportContext['producer']>> }> {
  const topic = await context.declare(2)
  const writer = await context.producer()
  await sendTexts(writer, topic, 0, numbered('a', 100))
  await sendTexts(writer, topic, 1, numbered('b', 100))
  const open = await context.reader()
  await open.assign([0, 1].map((partition) => ({ topic, partition, offset: 0 })))
  return { topic, open, writer }
}
