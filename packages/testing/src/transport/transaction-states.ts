import type { Producer } from '@faust/core'
import { isFaustError } from '@faust/core'
import { describe, equal, ok, rejects, settle } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { numbered, sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const ONE = 'one transaction at a time, else FAUST_TRANSACTION_STATE'
const FENCED = 'one live producer per id: a newer one fences the older with FAUST_PRODUCER_FENCED'

/** Which calls are allowed when, and who may go on. */
export const transactionStates: CaseGroup<TransportContext> = {
  name: 'transaction states',
  needs: ['transactions'],
  cases: {
    'two transactions at once are refused': async (context) => {
      const topic = await context.declare()
      const writer = await context.producer({ transactionalId: context.uniqueName('transaction') })
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['v'])
      await rejects(async () => writer.beginTransaction(), 'FAUST_TRANSACTION_STATE', ONE)
      await writer.commitTransaction()
      equal(texts((await context.read(topic)).records), ['v'], 'a refused beginTransaction disturbs nothing')
    },

    'ending what was not begun is refused': async (context) => {
      const topic = await context.declare()
      const writer = await context.producer({ transactionalId: context.uniqueName('transaction') })
      await rejects(
        () => writer.commitTransaction(),
        'FAUST_TRANSACTION_STATE',
        'commitTransaction needs beginTransaction',
      )
      await rejects(
        () => writer.abortTransaction(),
        'FAUST_TRANSACTION_STATE',
        'abortTransaction needs beginTransaction',
      )
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['v'])
      await writer.commitTransaction()
      await rejects(() => writer.commitTransaction(), 'FAUST_TRANSACTION_STATE', 'a transaction ends once')
      equal(texts((await context.read(topic)).records), ['v'], 'FAUST_TRANSACTION_STATE changes nothing')
    },

    'a producer without an id has no transactions': async (context) => {
      const writer = await context.producer()
      await rejects(
        async () => writer.beginTransaction(),
        'FAUST_TRANSACTION_STATE',
        'transactionalId makes a producer transactional',
      )
    },

    'a send that was refused lets no commit pass': async (context) => {
      const topic = await context.declare(2, { 'max.message.bytes': '20000' })
      const writer = await context.producer({ transactionalId: context.uniqueName('transaction') })
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['half'])
      await rejects(
        () => sendTexts(writer, topic, 1, ['x'.repeat(2_000_000)]),
        'FAUST_RECORD_TOO_LARGE',
        'send: FAUST_RECORD_TOO_LARGE',
      )
      const { error } = await settle(() => writer.commitTransaction())
      ok(isFaustError(error), 'a transaction of which a send was rejected does not commit', describe(error))
      await settle(() => writer.abortTransaction())
      await writer.init()
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['whole'])
      await writer.commitTransaction()
      equal(texts((await context.read(topic)).records), ['whole'], 'a transaction is visible whole or not at all')
    },

    'a second init of an id fences the first producer': async (context) => {
      const topic = await context.declare()
      const transactionalId = context.uniqueName('transaction')
      const first = await context.producer({ transactionalId })
      first.beginTransaction()
      await sendTexts(first, topic, 0, ['of the first'])
      const second = await context.producer({ transactionalId })
      await context.stableEnd(topic)
      await rejects(() => sendTexts(first, topic, 0, ['zombie']), 'FAUST_PRODUCER_FENCED', FENCED)
      await rejects(() => first.commitTransaction(), 'FAUST_PRODUCER_FENCED', FENCED)
      second.beginTransaction()
      await sendTexts(second, topic, 0, ['of the second'])
      await second.commitTransaction()
      equal(texts((await context.read(topic)).records), ['of the second'], FENCED)
      await rejects(
        () => first.init(),
        'FAUST_PRODUCER_FENCED',
        'init rejects with FAUST_PRODUCER_FENCED when a newer producer has the id',
      )
      second.beginTransaction()
      await sendTexts(second, topic, 0, ['still here'])
      await second.commitTransaction()
      equal(
        texts((await context.read(topic)).records),
        ['of the second', 'still here'],
        'a fenced producer never fences its successor',
      )
    },

    'a fenced producer cannot commit what it had sent before': async (context) => {
      const topic = await context.declare()
      const transactionalId = context.uniqueName('transaction')
      const first = await context.producer({ transactionalId })
      first.beginTransaction()
      await sendTexts(first, topic, 0, ['of the first'])
      await context.producer({ transactionalId })
      await rejects(() => first.commitTransaction(), 'FAUST_PRODUCER_FENCED', FENCED)
      equal(texts((await context.read(topic)).records), [], FENCED)
    },

    'a producer that was closed is followed by another under its id, at once': async (context) => {
      const topic = await context.declare()
      const transactionalId = context.uniqueName('transaction')
      const begin = context.clock.monotonic()
      for (let turn = 0; turn < 5; turn++) {
        const writer = await context.producer({ transactionalId })
        writer.beginTransaction()
        await sendTexts(writer, topic, 0, [`v${turn}`])
        await writer.commitTransaction()
        await writer.close()
      }
      ok(context.clock.monotonic() - begin < 10_000, 'a restarted producer waits for nothing')
      equal(texts((await context.read(topic)).records), numbered('v', 5), 'what is committed stays')
    },

    'close aborts an open transaction at once': async (context) => {
      const topic = await context.declare()
      const writer = await context.producer({
        transactionalId: context.uniqueName('transaction'),
        transactionTimeout: 60_000,
      })
      await interrupted(context, topic, writer, () => writer.close(), 'close: an open transaction is aborted')
    },

    'init aborts an open transaction, and the producer goes on': async (context) => {
      const topic = await context.declare()
      const writer = await context.producer({
        transactionalId: context.uniqueName('transaction'),
        transactionTimeout: 60_000,
      })
      await interrupted(
        context,
        topic,
        writer,
        () => writer.init(),
        'init ends what this id left open and starts a new epoch',
      )
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['next'])
      await writer.commitTransaction()
      equal(texts((await context.read(topic)).records), ['next'], 'after init the producer goes on')
    },

    'the log aborts a transaction that lasts too long': async (context) => {
      const { timing } = context
      const topic = await context.declare()
      const { admin } = await context.observer()
      const writer = await context.producer({
        transactionalId: context.uniqueName('transaction'),
        transactionTimeout: timing.transaction,
      })
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['too late'])
      await context.pause(timing.transaction)
      const end = context.clock.monotonic() + timing.transactionCheck + timing.patience
      for (;;) {
        const [ends] = await admin.offsets([{ topic, partition: 0 }])
        if (ends !== undefined && ends.lastStable === ends.logEnd) break
        ok(context.clock.monotonic() < end, 'transactionTimeout: ms after which the log aborts a transaction by itself')
        await context.pause(20)
      }
      const { error } = await settle(() => writer.commitTransaction())
      ok(isFaustError(error), 'a transaction that the log has aborted does not commit', describe(error))
      equal(texts((await context.read(topic)).records), [], 'a transaction that the log has aborted is invisible')
      await writer.init()
      writer.beginTransaction()
      await sendTexts(writer, topic, 0, ['next'])
      await writer.commitTransaction()
      equal(texts((await context.read(topic)).records), ['next'], 'a producer that was only late goes on after init')
    },
  },
}

/** Opens a transaction and interrupts it: its record must be hidden at once, and nobody held up. */
async function interrupted(
  context: TransportContext,
  topic: string,
  writer: Producer,
  interrupt: () => Promise<void>,
  rule: string,
): Promise<void> {
  writer.beginTransaction()
  await sendTexts(writer, topic, 0, ['gone'])
  await interrupt()
  await context.stableEnd(topic)
  equal(texts((await context.read(topic)).records), [], rule)
}
