import type { GroupMembership, Producer } from '@faust/core'
import { equal, ok, rejects, settle } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { TestMember } from './member.ts'
import { sendTexts, texts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const WITH = 'offsets of a transaction are committed with it'
const CHECKED = 'sendOffsets is checked against member and generation'

/** Offsets that travel with a transaction. */
export const transactionOffsets: CaseGroup<TransportContext> = {
  name: 'transaction offsets',
  needs: ['transactions'],
  cases: {
    'they are committed with it, metadata and all': async (context) => {
      const { topic, group, member, writer, output } = await copying(context)
      writer.beginTransaction()
      await sendTexts(writer, output, 0, ['copied'])
      await writer.sendOffsets([{ topic, partition: 0, offset: 3, metadata: 'stream time' }], membershipOf(member))
      equal(await context.committed(group, { topic, partition: 0 }), null, WITH)
      await writer.commitTransaction()
      const { admin } = await context.observer()
      const [stored] = await admin.committedOffsets(group, [{ topic, partition: 0 }], { requireStable: true })
      equal([stored?.offset, stored?.metadata], [3, 'stream time'], WITH)
      equal(texts((await context.read(output)).records), ['copied'], WITH)
    },

    'an abort leaves them where they were': async (context) => {
      const { topic, group, member, writer, output } = await copying(context)
      await member.consumer.commit([{ topic, partition: 0, offset: 1 }])
      writer.beginTransaction()
      await sendTexts(writer, output, 0, ['gone'])
      await writer.sendOffsets([{ topic, partition: 0, offset: 3 }], membershipOf(member))
      await writer.abortTransaction()
      const { admin } = await context.observer()
      const [stored] = await admin.committedOffsets(group, [{ topic, partition: 0 }], { requireStable: true })
      equal(stored?.offset, 1, 'abort: records become invisible, offsets stay')
    },

    'offsets alone are a transaction': async (context) => {
      const { topic, group, member, writer } = await copying(context)
      writer.beginTransaction()
      await writer.sendOffsets([{ topic, partition: 0, offset: 2 }], membershipOf(member))
      await writer.commitTransaction()
      await context.until(async () => (await context.committed(group, { topic, partition: 0 })) === 2, WITH)
    },

    'several calls at once are all stored': async (context) => {
      const { topic, group, member, writer } = await copying(context, 4)
      writer.beginTransaction()
      await Promise.all(
        [0, 1, 2, 3].map((partition) =>
          writer.sendOffsets([{ topic, partition, offset: partition + 1 }], membershipOf(member)),
        ),
      )
      await writer.commitTransaction()
      const { admin } = await context.observer()
      const asked = [0, 1, 2, 3].map((partition) => ({ topic, partition }))
      const stored = await admin.committedOffsets(group, asked, { requireStable: true })
      equal(
        stored.map((item) => item.offset),
        [1, 2, 3, 4],
        `${WITH}, whichever call they came by`,
      )
    },

    'a later call moves what an earlier one said': async (context) => {
      const { topic, group, member, writer } = await copying(context)
      writer.beginTransaction()
      for (const offset of [1, 2, 3]) await writer.sendOffsets([{ topic, partition: 0, offset }], membershipOf(member))
      await writer.commitTransaction()
      await context.until(async () => (await context.committed(group, { topic, partition: 0 })) === 3, WITH)
    },

    'require-stable waits while such a transaction is open': async (context) => {
      const { topic, group, member, writer } = await copying(context)
      const { admin } = await context.observer()
      const partitions = [{ topic, partition: 0 }]
      await member.consumer.commit([{ topic, partition: 0, offset: 1 }])
      writer.beginTransaction()
      await writer.sendOffsets([{ topic, partition: 0, offset: 3 }], membershipOf(member))
      equal(
        await context.committed(group, { topic, partition: 0 }),
        1,
        'without require-stable the answer comes at once',
      )
      let answered = false
      const stable = settle(() => admin.committedOffsets(group, partitions, { requireStable: true })).finally(() => {
        answered = true
      })
      await context.quiet()
      if (answered)
        await rejects(
          async () => unwrap(await stable),
          'FAUST_OFFSETS_UNSTABLE',
          'requireStable waits, or rejects with FAUST_OFFSETS_UNSTABLE',
        )
      await writer.commitTransaction()
      const outcome = await stable
      if (outcome.error === undefined) {
        equal(
          (outcome.value as { offset: number }[])[0]?.offset,
          3,
          'requireStable answers what the transaction has decided',
        )
      } else {
        await rejects(
          async () => unwrap(outcome),
          'FAUST_OFFSETS_UNSTABLE',
          'requireStable is bounded: FAUST_OFFSETS_UNSTABLE',
        )
      }
      const [after] = await admin.committedOffsets(group, partitions, { requireStable: true })
      equal(after?.offset, 3, 'requireStable answers what the transaction has decided')
    },

    'other partitions and groups are stable all the time': async (context) => {
      const { topic, group, member, writer } = await copying(context, 2)
      const { admin } = await context.observer()
      writer.beginTransaction()
      await writer.sendOffsets([{ topic, partition: 0, offset: 3 }], membershipOf(member))
      const [other] = await admin.committedOffsets(group, [{ topic, partition: 1 }], { requireStable: true })
      const [stranger] = await admin.committedOffsets(context.uniqueName(), [{ topic, partition: 0 }], {
        requireStable: true,
      })
      equal(
        [other?.offset, stranger?.offset],
        [null, null],
        'requireStable waits for transactions with offsets of these partitions only',
      )
      await writer.abortTransaction()
    },

    'a stale generation and a stranger are refused': async (context) => {
      const { topic, group, member, writer, output } = await copying(context)
      const old = membershipOf(member)
      member.assignor.note = 'again'
      member.consumer.rejoin('the kit wants another generation')
      await context.until(
        () => (member.consumer.membership()?.generation ?? -1) > old.generation,
        'rejoin asks for a rebalance',
      )
      writer.beginTransaction()
      await sendTexts(writer, output, 0, ['zombie'])
      const offsets = [{ topic, partition: 0, offset: 3 }]
      await rejects(() => writer.sendOffsets(offsets, old), 'FAUST_GENERATION_STALE', CHECKED)
      await writer.abortTransaction()
      writer.beginTransaction()
      const stranger = { ...membershipOf(member), memberId: 'nobody' }
      await rejects(() => writer.sendOffsets(offsets, stranger), 'FAUST_MEMBER_UNKNOWN', CHECKED)
      await writer.abortTransaction()
      equal(await context.committed(group, { topic, partition: 0 }), null, 'refused offsets are not stored')
      equal(texts((await context.read(output)).records), [], 'an aborted transaction is invisible')
    },

    'after a stale generation they may be sent again with the new one': async (context) => {
      const { topic, group, member, writer, output } = await copying(context)
      const old = membershipOf(member)
      writer.beginTransaction()
      await sendTexts(writer, output, 0, ['copied'])
      member.assignor.note = 'again'
      member.consumer.rejoin('the kit wants another generation')
      await context.until(
        () => (member.consumer.membership()?.generation ?? -1) > old.generation,
        'rejoin asks for a rebalance',
      )
      const offsets = [{ topic, partition: 0, offset: 3 }]
      await rejects(() => writer.sendOffsets(offsets, old), 'FAUST_GENERATION_STALE', CHECKED)
      await writer.sendOffsets(offsets, membershipOf(member))
      await writer.commitTransaction()
      await context.until(async () => (await context.committed(group, { topic, partition: 0 })) === 3, WITH)
      equal(texts((await context.read(output)).records), ['copied'], WITH)
    },

    'what an id left open is settled by its next init': async (context) => {
      const { topic, group, member, writer, transactionalId } = await copying(context)
      writer.beginTransaction()
      await writer.sendOffsets([{ topic, partition: 0, offset: 3 }], membershipOf(member))
      await context.producer({ transactionalId })
      const { admin } = await context.observer()
      const begin = context.clock.monotonic()
      const [stored] = await admin.committedOffsets(group, [{ topic, partition: 0 }], { requireStable: true })
      equal(stored?.offset, null, 'init ends what this id left open')
      ok(context.clock.monotonic() - begin < context.timing.patience, 'after init nothing of this id is open')
    },
  },
}

/** A member that owns an input topic, and a producer for its output. */
async function copying(
  context: TransportContext,
  partitions = 1,
): Promise<{
  topic: string
  output: string
  group: string
  member: TestMember
  writer: Producer
  transactionalId: string
}> {
  const [topic, output] = [await context.declare(partitions), await context.declare()]
  const [group, transactionalId] = [context.uniqueName(), context.uniqueName('transaction')]
  const transport = await context.connect()
  const member = await context.member({ group, topics: [topic] }, transport)
  await member.start()
  const writer = await context.producer({ transactionalId, transactionTimeout: 60_000 }, transport)
  return { topic, output, group, member, writer, transactionalId }
}

function membershipOf(member: TestMember): GroupMembership {
  const membership = member.consumer.membership()
  ok(membership !== null, 'membership: who this is now, while it is a member')
  return membership
}

function unwrap(outcome: { readonly value?: unknown; readonly error?: unknown }): unknown {
  if (outcome.error !== undefined) throw outcome.error as Error
  return outcome.value
}
