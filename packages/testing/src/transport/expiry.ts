import type { Transport } from '@faust/core'
import { equal, ok, rejects } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { TestMember } from './member.ts'
import { sendTexts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const REFUSED = ['FAUST_MEMBER_UNKNOWN', 'FAUST_GENERATION_STALE']

/** Members that are silent for too long. */
export const expiry: CaseGroup<TransportContext> = {
  name: 'session expiry',
  cases: {
    'a silent member is out, and another takes over': async (context) => {
      const { two, topic } = await frozenOwner(context)
      await context.until(
        () => two.owned().length === 2,
        'without a heartbeat for the session time-out a member is out',
      )
      equal(two.owned(), [`${topic} 0`, `${topic} 1`], 'the partitions belong to somebody else')
    },

    'it learns of the loss, and joins again': async (context) => {
      const { one, two, transport, before } = await frozenOwner(context)
      await context.until(
        () => two.owned().length === 2,
        'without a heartbeat for the session time-out a member is out',
      )
      await context.thaw(transport)
      await context.until(() => one.events.some((event) => event.hook === 'lost'), 'onLost: membership was lost')
      const lost = one.events.find((event) => event.hook === 'lost')
      equal(lost?.partitions.length, 1, 'onLost names what was held')
      const revoked = one.events.slice(before).filter((event) => event.hook === 'revoked')
      equal(revoked, [], 'what was lost is not revoked: it already belongs to somebody else')
      await context.until(
        () => one.owned().length === 1 && two.owned().length === 1,
        'a member goes on joining until close',
      )
      const after = one.events.findIndex((event) => event.hook === 'lost')
      const assigned = one.events.slice(after).find((event) => event.hook === 'assigned')
      ok(assigned !== undefined, 'after a loss the partitions are new')
    },

    'after a loss nothing is claimed': async (context) => {
      const { one, two, transport } = await frozenOwner(context)
      await context.until(
        () => two.owned().length === 2,
        'without a heartbeat for the session time-out a member is out',
      )
      const told = one.assignor.held.length
      await context.thaw(transport)
      await context.until(() => one.assignor.held.length > told, 'a member goes on joining until close')
      equal(one.assignor.held[told]?.owned, [], 'subscription: what the member holds, nothing after a loss')
    },

    'its late commit is refused and changes nothing': async (context) => {
      const { one, two, transport, topic, group } = await frozenOwner(context)
      const held = one.owned().map((key) => Number(key.split(' ')[1]))
      const partition = held[0] ?? 0
      await context.until(
        () => two.owned().length === 2,
        'without a heartbeat for the session time-out a member is out',
      )
      await two.consumer.commit([{ topic, partition, offset: 5 }])
      // Made as the member of old: it may be refused when it is asked, or wait for a join that cannot bring the partition back.
      const late = rejects(
        () => one.consumer.commit([{ topic, partition, offset: 3 }]),
        REFUSED,
        `a late commit is refused with ${REFUSED.join(' or ')}`,
      )
      await context.thaw(transport)
      await late
      equal(
        await context.committed(group, { topic, partition }),
        5,
        'the partitions went to somebody else: a late commit changes nothing',
      )
    },

    'its heartbeat is refused': async (context) => {
      const { one, two, transport } = await frozenOwner(context)
      await context.until(
        () => two.owned().length === 2,
        'without a heartbeat for the session time-out a member is out',
      )
      const late = rejects(
        () => one.consumer.heartbeat(),
        REFUSED,
        `heartbeat proves membership now, and rejects like commit`,
      )
      await context.thaw(transport)
      await late
    },

    'records of lost partitions are not handed over any more': async (context) => {
      const { one, two, transport, topic } = await frozenOwner(context)
      const writer = await context.producer()
      const partition = Number(one.owned()[0]?.split(' ')[1] ?? 0)
      await context.until(
        () => two.owned().length === 2,
        'without a heartbeat for the session time-out a member is out',
      )
      await sendTexts(writer, topic, partition, ['for the new owner'])
      await context.until(() => two.values(topic, partition).length === 1, 'the new owner reads on')
      await context.thaw(transport)
      await context.until(() => one.events.some((event) => event.hook === 'lost'), 'onLost: membership was lost')
      // The rule that nothing unassigned is handed over holds for every member at all times and is checked at the end.
      await context.quiet()
    },

    'a member that left without telling is out after its session': async (context) => {
      const topic = await context.declare(2)
      const group = context.uniqueName()
      const one = await context.member({ group, topics: [topic] })
      const two = await context.member({ group, topics: [topic] })
      await one.start()
      await two.start()
      await context.until(() => one.owned().length === 1 && two.owned().length === 1, 'both have their share')
      await two.close(false)
      await context.until(
        () => one.owned().length === 2,
        'without a heartbeat for the session time-out a member is out',
      )
    },
  },
}

/** What holds when a transaction's owner is replaced: the promise on which exactly-once rests. */
export const zombies: CaseGroup<TransportContext> = {
  name: 'zombies',
  needs: ['transactions'],
  cases: {
    'once the new owner has read the offset, no transaction of the old one commits': async (context) => {
      const { one, two, transport, topic, group } = await frozenOwner(context, false)
      const output = await context.declare()
      const partition = Number(one.owned()[0]?.split(' ')[1] ?? 0)
      const old = one.consumer.membership()
      ok(old !== null, 'membership: who this is now, while it is a member')
      const writer = await context.producer({
        transactionalId: context.uniqueName('transaction'),
        transactionTimeout: 60_000,
      })
      writer.beginTransaction()
      await sendTexts(writer, output, 0, ['zombie'])
      await context.freeze(transport)
      await context.until(
        () => two.owned().length === 2,
        'without a heartbeat for the session time-out a member is out',
      )
      const { admin } = await context.observer()
      const [read] = await admin.committedOffsets(group, [{ topic, partition }], { requireStable: true })
      equal(read?.offset, null, 'nothing was committed')
      await rejects(
        () => writer.sendOffsets([{ topic, partition, offset: 3 }], old),
        REFUSED,
        'once another worker has read the committed offset, no transaction of the old owner that carries it can commit',
      )
      await writer.abortTransaction()
      equal(await context.committed(group, { topic, partition }), null, 'the offset of the new owner stands')
      equal((await context.read(output)).records, [], "a zombie's records stay invisible")
    },

    "the new owner waits for the old one's open transaction": async (context) => {
      const { timing } = context
      const { one, two, transport, topic, group } = await frozenOwner(context, false)
      const partition = Number(one.owned()[0]?.split(' ')[1] ?? 0)
      const old = one.consumer.membership()
      ok(old !== null, 'membership: who this is now, while it is a member')
      // Its transaction ends by the log's time-out: nobody else will end it.
      const transactionTimeout = timing.session * 3
      const writer = await context.producer({ transactionalId: context.uniqueName('transaction'), transactionTimeout })
      writer.beginTransaction()
      await writer.sendOffsets([{ topic, partition, offset: 3 }], old)
      await context.freeze(transport)
      const { admin } = await context.observer()
      const end =
        context.clock.monotonic() + timing.session + transactionTimeout + timing.transactionCheck + timing.patience
      for (;;) {
        const answer = await admin
          .committedOffsets(group, [{ topic, partition }], { requireStable: true })
          .catch(() => undefined)
        if (answer !== undefined) {
          equal(
            answer[0]?.offset,
            null,
            'requireStable answers only when no transaction can change the answer any more',
          )
          break
        }
        ok(context.clock.monotonic() < end, "an owner's open transaction is waited for, at most its time-out")
        await context.pause(20)
      }
      await rejects(() => writer.commitTransaction(), [], 'a transaction that the log has aborted does not commit')
      equal(
        await context.committed(group, { topic, partition }),
        null,
        'requireStable answers only when no transaction can change the answer any more',
      )
      await context.until(() => two.owned().length === 2, 'the new owner gets its partitions')
    },
  },
}

interface FrozenOwner {
  readonly topic: string
  readonly group: string
  /** Owns a partition; its client is frozen. */
  readonly one: TestMember
  readonly two: TestMember
  readonly transport: Transport
  /** How many events `one` had before. */
  readonly before: number
}

async function frozenOwner(context: TransportContext, freeze = true): Promise<FrozenOwner> {
  const topic = await context.declare(2)
  const group = context.uniqueName()
  const transport = await context.connect()
  const two = await context.member({ group, topics: [topic] })
  await two.start()
  const one = await context.member({ group, topics: [topic] }, transport)
  await one.start()
  await context.until(() => one.owned().length === 1 && two.owned().length === 1, 'both have their share')
  if (freeze) await context.freeze(transport)
  return { topic, group, one, two, transport, before: one.events.length }
}
