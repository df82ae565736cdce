import { isFaustError } from '@faust/core'
import { describe, equal, ok, settle } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { drain } from './drain.ts'
import { numbered, sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const BACK = 'after an outage everything goes on by itself'

/** A log that cannot be reached for a while. */
export const outage: CaseGroup<TransportContext> = {
  name: 'outage',
  needs: ['cut', 'mend'],
  cases: {
    'sends wait for its end, once and in order': async (context) => {
      const topic = await context.declare()
      const transport = await context.connect()
      const writer = await context.producer({}, transport)
      await sendTexts(writer, topic, 0, ['before'])
      await context.faults.cut?.(transport)
      const values = numbered('during', 10)
      const sends = values.map((value) => settle(() => sendTexts(writer, topic, 0, [value])))
      await context.pause(context.timing.session)
      await context.faults.mend?.(transport)
      const outcomes = await Promise.all(sends)
      const acknowledged = values.filter((_, index) => outcomes[index]?.error === undefined)
      for (const { error } of outcomes)
        ok(error === undefined || isFaustError(error), 'send rejects with a FaustError', describe(error))
      if (acknowledged.length < values.length) await writer.init()
      await sendTexts(writer, topic, 0, ['after'])
      const found = texts((await context.read(topic)).records)
      equal(new Set(found).size, found.length, 'what is acknowledged is in the log exactly once')
      equal(
        found.filter((value) => ['before', 'after', ...acknowledged].includes(value ?? '')),
        ['before', ...acknowledged, 'after'],
        BACK,
      )
    },

    'a reader goes on': async (context) => {
      const topic = await context.declare()
      const writer = await context.producer()
      const transport = await context.connect()
      const open = await context.reader({}, transport)
      await open.assign([{ topic, partition: 0, offset: 0 }])
      await sendTexts(writer, topic, 0, ['before'])
      equal(await drain(context.clock, open, (count) => count >= 1), ['before'], 'records are delivered')
      await context.faults.cut?.(transport)
      await sendTexts(writer, topic, 0, ['during'])
      const { error } = await settle(() => open.poll({ maxWait: 100 }))
      ok(
        error === undefined || isFaustError(error, 'FAUST_TRANSPORT_UNAVAILABLE'),
        'a poll in an outage is empty, or FAUST_TRANSPORT_UNAVAILABLE',
        describe(error),
      )
      await context.faults.mend?.(transport)
      await sendTexts(writer, topic, 0, ['after'])
      equal(await drain(context.clock, open, (count) => count >= 2), ['during', 'after'], BACK)
    },

    'a member that was out for longer than its session joins again': async (context) => {
      const topic = await context.declare(2)
      const group = context.uniqueName()
      const writer = await context.producer()
      const transport = await context.connect()
      const one = await context.member({ group, topics: [topic] }, transport)
      const two = await context.member({ group, topics: [topic] })
      await one.start()
      await two.start()
      await context.until(() => one.owned().length === 1 && two.owned().length === 1, 'both have their share')
      await context.faults.cut?.(transport)
      await context.until(
        () => two.owned().length === 2,
        'without a heartbeat for the session time-out a member is out',
      )
      await context.faults.mend?.(transport)
      await context.until(() => one.events.some((event) => event.hook === 'lost'), 'onLost: membership was lost')
      await context.until(() => one.owned().length === 1 && two.owned().length === 1, BACK)
      await one.consumer.heartbeat()
      const mine = Number(one.owned()[0]?.split(' ')[1])
      await sendTexts(writer, topic, mine, ['after'])
      await context.until(() => one.values(topic, mine).includes('after'), BACK)
    },
  },
}
