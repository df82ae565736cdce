import type { Producer, Transport } from '@faust/core'
import { isFaustError } from '@faust/core'
import { describe, equal, ok, settle } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { numbered, sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const ONCE = 'what is acknowledged is in the log exactly once, in the order of the calls, through lost and late answers'

type Trouble = (context: TransportContext, transport: Transport) => unknown

/** Sends while the way to the log is in trouble. */
export const faultProducing: readonly CaseGroup<TransportContext>[] = [
  groupOf('lost produce answer', ['loseNextAnswer'], ({ faults }, transport) =>
    faults.loseNextAnswer?.(transport, 'produce'),
  ),
  groupOf('lost produce request', ['loseNextRequest'], ({ faults }, transport) =>
    faults.loseNextRequest?.(transport, 'produce'),
  ),
  groupOf('late produce answer', ['delayNextAnswer'], ({ faults, timing }, transport) =>
    faults.delayNextAnswer?.(transport, 'produce', timing.quiet),
  ),
  groupOf('disconnect while producing', ['disconnect'], ({ faults }, transport) => faults.disconnect?.(transport)),
]

function groupOf(name: string, needs: readonly string[], trouble: Trouble): CaseGroup<TransportContext> {
  return {
    name,
    needs,
    cases: {
      'four sends at once are in the log once, in order': async (context) => {
        const { topic, transport, writer } = await ready(context)
        const values = numbered('v', 4)
        await trouble(context, transport)
        const bases = await Promise.all(values.map((value) => sendTexts(writer, topic, 0, [value])))
        equal(texts((await context.read(topic)).records), values, ONCE)
        const known = bases.map((base, index) => base === index || base === -1)
        ok(
          known.every(Boolean),
          'baseOffset: where the records went, -1 where the log no longer says',
          `It answered ${bases.join(', ')}`,
        )
      },

      'what follows is neither lost nor doubled': async (context) => {
        const { topic, transport, writer } = await ready(context)
        const values: string[] = []
        for (let turn = 0; turn < 5; turn++) {
          await trouble(context, transport)
          // All of one size: none may pass for the duplicate of another.
          const burst = numbered('x', 3, 100 + turn * 3)
          values.push(...burst)
          await Promise.all(burst.map((value) => sendTexts(writer, topic, 0, [value])))
        }
        await sendTexts(writer, topic, 0, ['end'])
        equal(texts((await context.read(topic)).records), [...values, 'end'], ONCE)
      },

      'several partitions at once': async (context) => {
        const { topic, transport, writer } = await ready(context)
        await trouble(context, transport)
        await Promise.all(numbered('v', 60).map((value, index) => sendTexts(writer, topic, index % 3, [value])))
        for (const partition of [0, 1, 2]) {
          const mine = numbered('v', 60).filter((_, index) => index % 3 === partition)
          equal(texts((await context.read(topic, partition)).records), mine, ONCE)
        }
      },

      'a rejected send is not followed by lost ones': async (context) => {
        const { topic, transport, writer } = await ready(context)
        const acknowledged: string[] = []
        const rejected: string[] = []
        for (let turn = 0; turn < 6; turn++) {
          await trouble(context, transport)
          const burst = numbered('y', 4, 100 + turn * 4)
          const outcomes = await Promise.all(burst.map((value) => settle(() => sendTexts(writer, topic, 0, [value]))))
          for (const [index, { error }] of outcomes.entries()) {
            ok(error === undefined || isFaustError(error), 'send rejects with a FaustError', describe(error))
            ;(error === undefined ? acknowledged : rejected).push(burst[index] ?? '')
          }
          if (outcomes.some(({ error }) => isFaustError(error, 'FAUST_DELIVERY_UNKNOWN'))) await writer.init()
        }
        const found = texts((await context.read(topic)).records)
        equal(new Set(found).size, found.length, `${ONCE}: nothing twice`)
        equal(
          found.filter((value) => !rejected.includes(value ?? '')),
          acknowledged,
          ONCE,
        )
      },
    },
  }
}

async function ready(context: TransportContext): Promise<{ topic: string; transport: Transport; writer: Producer }> {
  const topic = await context.declare(3)
  const transport = await context.connect()
  return { topic, transport, writer: await context.producer({}, transport) }
}
