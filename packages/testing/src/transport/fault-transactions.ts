import type { Producer, Transport } from '@faust/core'
import { isFaustError } from '@faust/core'
import { describe, equal, ok, settle } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { FaultRequest } from './hooks.ts'
import type { TestMember } from './member.ts'
import { sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const WHOLE = 'a transaction is visible whole, with its offsets, or not at all'

/** Transactions and commits while the way to the log is in trouble. */
export const faultTransactions: readonly CaseGroup<TransportContext>[] = [
  { name: 'lost transaction answers', needs: ['transactions', 'loseNextAnswer'], cases: casesOf('answer') },
  { name: 'lost transaction requests', needs: ['transactions', 'loseNextRequest'], cases: casesOf('request') },
]

/** Commits of a member while the way to the log is in trouble. */
export const faultCommits: CaseGroup<TransportContext> = {
  name: 'lost commit answer',
  needs: ['loseNextAnswer'],
  cases: {
    'a commit whose answer is lost is made or fails, and the next one counts': async (context) => {
      const topic = await context.declare()
      const group = context.uniqueName()
      const transport = await context.connect()
      const member = await context.member({ group, topics: [topic] }, transport)
      await member.start()
      await context.faults.loseNextAnswer?.(transport, 'commit')
      const { error } = await settle(() => member.consumer.commit([{ topic, partition: 0, offset: 1 }]))
      ok(error === undefined || isFaustError(error), 'commit rejects with a FaustError', describe(error))
      if (error === undefined)
        equal(await context.committed(group, { topic, partition: 0 }), 1, 'commit stores offsets')
      await context.until(
        () =>
          member.consumer.commit([{ topic, partition: 0, offset: 2 }]).then(
            () => true,
            () => false,
          ),
        'a member goes on after a lost answer',
      )
      equal(await context.committed(group, { topic, partition: 0 }), 2, 'commit stores offsets')
    },
  },
}

function casesOf(what: 'answer' | 'request'): CaseGroup<TransportContext>['cases'] {
  const lose = async ({ faults }: TransportContext, transport: Transport, request: FaultRequest): Promise<void> => {
    await (what === 'answer'
      ? faults.loseNextAnswer?.(transport, request)
      : faults.loseNextRequest?.(transport, request))
  }
  const requests: FaultRequest[] = ['produce', 'offsets-to-transaction', 'end-transaction']
  return Object.fromEntries(
    requests.flatMap((request) => [
      [
        `${request}: it commits whole, or init tells what became of it`,
        async (context: TransportContext): Promise<void> => {
          const { topic, output, group, transport, member, writer } = await copying(context)
          for (let turn = 1; turn <= 3; turn++) {
            const { error } = await settle(async () => {
              const membership = member.consumer.membership()
              ok(membership !== null, 'membership: who this is now, while it is a member')
              writer.beginTransaction()
              await lose(context, transport, request)
              await Promise.all([0, 1].map((partition) => sendTexts(writer, output, partition, [`t${turn}`])))
              await writer.sendOffsets([{ topic, partition: 0, offset: turn }], membership)
              await writer.commitTransaction()
            })
            ok(error === undefined || isFaustError(error), 'a transaction fails with a FaustError', describe(error))
            if (error !== undefined) await writer.init()
            const [stored] = await (
              await context.observer()
            ).admin.committedOffsets(group, [{ topic, partition: 0 }], { requireStable: true })
            const committed = stored?.offset === turn
            if (error === undefined)
              ok(committed, 'commitTransaction resolves when the log has decided', `The offset is ${stored?.offset}`)
            for (const partition of [0, 1]) {
              const found = texts((await context.read(output, partition)).records)
              equal(found.filter((value) => value === `t${turn}`).length, committed ? 1 : 0, WHOLE)
            }
          }
        },
      ],
      [
        `${request}: an abort hides everything`,
        async (context: TransportContext): Promise<void> => {
          const { topic, output, group, transport, member, writer } = await copying(context)
          writer.beginTransaction()
          const { error } = await settle(async () => {
            const membership = member.consumer.membership()
            ok(membership !== null, 'membership: who this is now, while it is a member')
            await lose(context, transport, request)
            await sendTexts(writer, output, 0, ['gone'])
            await writer.sendOffsets([{ topic, partition: 0, offset: 1 }], membership)
            await writer.abortTransaction()
          })
          if (error !== undefined) await writer.init()
          writer.beginTransaction()
          await sendTexts(writer, output, 0, ['kept'])
          await writer.commitTransaction()
          equal(texts((await context.read(output)).records), ['kept'], 'abort: records become invisible')
          const [stored] = await (
            await context.observer()
          ).admin.committedOffsets(group, [{ topic, partition: 0 }], { requireStable: true })
          equal(stored?.offset, null, 'abort: offsets stay')
        },
      ],
    ]),
  )
}

async function copying(context: TransportContext): Promise<{
  topic: string
  output: string
  group: string
  transport: Transport
  member: TestMember
  writer: Producer
}> {
  const [topic, output] = [await context.declare(1), await context.declare(2)]
  const group = context.uniqueName()
  const transport = await context.connect()
  const member = await context.member({ group, topics: [topic] }, transport)
  await member.start()
  const writer = await context.producer({ transactionalId: context.uniqueName('transaction') }, transport)
  return { topic, output, group, transport, member, writer }
}
