import { equal, ok, rejects } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { drain, pollTimes } from './drain.ts'
import { numbered, sendTexts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const COMMIT = 'commit stores offsets as the member of now'

/** A single member: joining, reading, committing, leaving. */
export const membership: CaseGroup<TransportContext> = {
  name: 'member',
  cases: {
    'start resolves after the first assignment': async ({ declare, uniqueName, member }) => {
      const topic = await declare(3)
      const group = uniqueName()
      const one = await member({ group, topics: [topic], polling: false })
      equal(
        [one.consumer.membership(), one.consumer.assignment()],
        [null, []],
        'membership: null while it is no member',
      )
      await one.start()
      equal(one.events.map((event) => event.hook).at(-1), 'assigned', 'start resolves after the first onAssigned')
      equal(
        one.owned(),
        [0, 1, 2].map((partition) => `${topic} ${partition}`),
        "a group's only member gets every partition",
      )
      const now = one.consumer.membership()
      equal(
        [now?.group, typeof now?.memberId, typeof now?.generation],
        [group, 'string', 'number'],
        'membership: who this is now',
      )
      equal(one.consumer.assignment().length, 3, 'assignment: everything assigned at this moment')
      equal(one.assignor.received.length, 1, 'onAssignment is called after each rebalance, before the hooks')
    },

    'nothing is delivered before seek': async ({ declare, uniqueName, member, producer, clock }) => {
      const topic = await declare()
      await sendTexts(await producer(), topic, 0, numbered('v', 5))
      const one = await member({ group: uniqueName(), topics: [topic], polling: false, seek: null })
      await one.start()
      equal(await pollTimes(clock, one.consumer, 3, 50), [], 'new partitions deliver only after seek')
      one.consumer.seek({ topic, partition: 0 }, 2)
      equal(await drain(clock, one.consumer, (count) => count >= 3), numbered('v', 3, 2), 'seek: where poll goes on')
    },

    'commits are read back with their metadata, and moved by later ones': async ({
      declare,
      uniqueName,
      member,
      observer,
    }) => {
      const topic = await declare(3)
      const group = uniqueName()
      const { admin } = await observer()
      const one = await member({ group, topics: [topic] })
      await one.start()
      const stored = async (): Promise<unknown[]> => {
        const asked = [2, 0, 1].map((partition) => ({ topic, partition }))
        const answers = await admin.committedOffsets(group, asked, { requireStable: true })
        return answers.map((item) => [item.partition, item.offset, item.metadata])
      }
      const metadata = `{"streamTime":1700000000000,"ü":"${'x'.repeat(3000)}"}`
      await one.consumer.commit([
        { topic, partition: 0, offset: 7, metadata },
        { topic, partition: 2, offset: 0 },
      ])
      equal(
        await stored(),
        [
          [2, 0, ''],
          [0, 7, metadata],
          [1, null, ''],
        ],
        COMMIT,
      )
      await one.consumer.commit([{ topic, partition: 0, offset: 5 }])
      equal(
        await stored(),
        [
          [2, 0, ''],
          [0, 5, ''],
          [1, null, ''],
        ],
        `${COMMIT}, also an earlier place`,
      )
      await one.consumer.commit([])
    },

    'the leader epoch of a batch can be committed and comes back': async ({
      declare,
      uniqueName,
      member,
      producer,
      observer,
      until,
    }) => {
      const topic = await declare()
      const group = uniqueName()
      await sendTexts(await producer(), topic, 0, ['v'])
      const one = await member({ group, topics: [topic] })
      await one.start()
      const batch = await until(() => one.batches[0], 'records are delivered')
      await one.consumer.commit([{ topic, partition: 0, offset: 1, leaderEpoch: batch.leaderEpoch }])
      const [stored] = await (
        await observer()
      ).admin.committedOffsets(group, [{ topic, partition: 0 }], { requireStable: true })
      equal(stored?.leaderEpoch, batch.leaderEpoch, 'leaderEpoch: as committed')
    },

    'a successor goes on where the group had committed': async ({ declare, uniqueName, member, producer, until }) => {
      const topic = await declare()
      const group = uniqueName()
      const writer = await producer()
      await sendTexts(writer, topic, 0, numbered('v', 10))
      const first = await member({ group, topics: [topic] })
      await first.start()
      await until(() => first.values(topic, 0).length >= 10, 'records are delivered')
      await first.consumer.commit([{ topic, partition: 0, offset: 6 }])
      await first.close(true)
      const second = await member({ group, topics: [topic] })
      await second.start()
      await until(() => second.values(topic, 0).length >= 4, 'records are delivered')
      equal(second.values(topic, 0), numbered('v', 4, 6), 'a committed offset is the next record to read')
    },

    'nothing is committed but what the caller commits': async ({
      declare,
      uniqueName,
      member,
      producer,
      committed,
      until,
      timing,
      pause,
    }) => {
      const topic = await declare()
      const group = uniqueName()
      await sendTexts(await producer(), topic, 0, numbered('v', 10))
      const one = await member({ group, topics: [topic] })
      await one.start()
      await until(() => one.values(topic, 0).length >= 10, 'records are delivered')
      one.consumer.seek({ topic, partition: 0 }, 999)
      await until(() => one.errors.length > 0, 'a place out of range is told')
      await pause(timing.heartbeat * 2)
      await one.close(true)
      equal(
        await committed(group, { topic, partition: 0 }),
        null,
        'a transport commits nothing by itself, whatever happens',
      )
    },

    'groups know nothing of each other': async ({ declare, uniqueName, member, producer, committed, until }) => {
      const topic = await declare()
      await sendTexts(await producer(), topic, 0, numbered('v', 5))
      const groups = [uniqueName(), uniqueName()]
      const members = await Promise.all(groups.map((group) => member({ group, topics: [topic] })))
      await Promise.all(members.map((one) => one.start()))
      await members[0]?.consumer.commit([{ topic, partition: 0, offset: 4 }])
      for (const one of members) await until(() => one.values(topic, 0).length >= 5, 'each group gets every record')
      equal(
        await committed(groups[1] ?? '', { topic, partition: 0 }),
        null,
        'what one group commits is nothing to another',
      )
    },

    'heartbeat proves membership': async ({ declare, uniqueName, member }) => {
      const one = await member({ group: uniqueName(), topics: [await declare()] })
      await one.start()
      await one.consumer.heartbeat()
      await one.close(true)
      await rejects(() => one.consumer.heartbeat(), [], 'heartbeat rejects when it is no member')
    },

    'a quiet member stays a member': async ({ declare, uniqueName, member, timing, pause, producer, clock }) => {
      const topic = await declare()
      const one = await member({ group: uniqueName(), topics: [topic], polling: false })
      await one.start()
      const before = one.consumer.membership()
      // No poll for two sessions: heartbeats do not hang on it.
      await pause(timing.session * 2)
      await one.consumer.heartbeat()
      equal(one.consumer.membership()?.generation, before?.generation, 'heartbeats go on whatever the caller does')
      await sendTexts(await producer(), topic, 0, ['v'])
      equal(await drain(clock, one.consumer, (count) => count >= 1), ['v'], 'a member that had not polled reads on')
    },

    'close hands over, is idempotent and ends a poll that waits': async ({ declare, uniqueName, member, clock }) => {
      const topic = await declare(2)
      const one = await member({ group: uniqueName(), topics: [topic], polling: false })
      await one.start()
      const begin = clock.monotonic()
      const poll = one.consumer.poll({ maxWait: 60_000 }).catch(() => [])
      await Promise.all([one.close(true), one.close(true)])
      await one.close(false)
      await poll
      ok(clock.monotonic() - begin < 10_000, 'close ends a poll that waits')
      const last = one.events.at(-1)
      equal([last?.hook, last?.partitions.length], ['revoked', 2], 'close: onRevoked is called first')
      equal(
        [one.consumer.membership(), one.consumer.assignment()],
        [null, []],
        'membership: null while it is no member',
      )
      await rejects(() => one.consumer.poll({ maxWait: 0 }), 'FAUST_CLOSED', 'after close: FAUST_CLOSED')
    },

    'commits made while it closes still count': async (context) => {
      const topic = await context.declare()
      const group = context.uniqueName()
      const one = await context.member({
        group,
        topics: [topic],
        hooks: { onRevoked: () => one.consumer.commit([{ topic, partition: 0, offset: 9 }]) },
      })
      await one.start()
      await one.close(true)
      equal(await context.committed(group, { topic, partition: 0 }), 9, 'onRevoked: commits made in here still count')
    },

    'close gives up what is not done in the time it is given': async (context) => {
      const { clock, declare, member, timing, uniqueName } = context
      const topic = await declare()
      const hooks = { onRevoked: () => new Promise<void>(() => {}) }
      const one = await member({ group: uniqueName(), topics: [topic], hooks, polling: false })
      await one.start()
      const begin = clock.monotonic()
      await one.consumer.close({ leave: true, within: 200 })
      // By itself it waits for as long as a rebalance does.
      ok(
        clock.monotonic() - begin < timing.rebalance / 2 + 200,
        'close: what is not done within so many ms is given up',
      )
    },

    'members with different assignors do not come together': async (context) => {
      const topic = await context.declare()
      const group = context.uniqueName()
      const one = await context.member({ group, topics: [topic], assignorName: 'one' })
      await one.start()
      const other = await context.member({ group, topics: [topic], assignorName: 'other' })
      await rejects(
        () => other.start(),
        'FAUST_GROUP_PROTOCOL',
        'members of one group share a protocol, else FAUST_GROUP_PROTOCOL',
      )
      await one.consumer.heartbeat()
    },
  },
}
