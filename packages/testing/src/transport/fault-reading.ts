import { equal } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { drain } from './drain.ts'
import { numbered, sendTexts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

/** Reading while connections are cut. */
export const faultReading: CaseGroup<TransportContext> = {
  name: 'disconnect while reading',
  needs: ['disconnect'],
  cases: {
    'a reader goes on, losing and doubling nothing': async (context) => {
      const topic = await context.declare()
      const writer = await context.producer()
      const transport = await context.connect()
      const open = await context.reader({}, transport)
      await open.assign([{ topic, partition: 0, offset: 0 }])
      const found: (string | null)[] = []
      for (let turn = 0; turn < 6; turn++) {
        await sendTexts(writer, topic, 0, numbered('v', 10, turn * 10))
        const reading = drain(context.clock, open, (count) => count >= 10)
        await context.faults.disconnect?.(transport)
        found.push(...(await reading))
      }
      equal(found, numbered('v', 60), 'every record is handed over once, in order, whatever happens to connections')
    },

    'a member goes on and stays a member': async (context) => {
      const topic = await context.declare(2)
      const writer = await context.producer()
      const transport = await context.connect()
      const one = await context.member({ group: context.uniqueName(), topics: [topic] }, transport)
      await one.start()
      for (let turn = 0; turn < 6; turn++) {
        for (const partition of [0, 1]) await sendTexts(writer, topic, partition, numbered('v', 10, turn * 10))
        await context.faults.disconnect?.(transport)
        await context.until(
          () => [0, 1].every((partition) => one.values(topic, partition).length >= turn * 10 + 10),
          'a member reads on after a disconnect',
        )
      }
      for (const partition of [0, 1])
        equal(one.values(topic, partition), numbered('v', 60), 'every record is handed over once, in order')
      equal(
        one.events.filter((event) => event.hook === 'lost'),
        [],
        'a disconnect shorter than the session loses no membership',
      )
    },
  },
}
