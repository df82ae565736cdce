import type { TopicPartition, Transport } from '@faust/core'
import { equal, ok } from '../kit/check.ts'
import { createGate } from '../kit/gate.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { MemberOptions, TestMember } from './member.ts'
import { numbered, sendTexts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const SHARE = 'every partition belongs to one member of the group'

/** What both protocols promise when members come and go. */
export const rebalances: readonly CaseGroup<TransportContext>[] = [
  { name: 'eager rebalance', cases: casesOf('eager') },
  { name: 'cooperative rebalance', needs: ['cooperative'], cases: casesOf('cooperative') },
]

interface Joining {
  readonly topic: string
  readonly group: string
  join(options?: Partial<MemberOptions>, transport?: Transport): Promise<TestMember>
}

function casesOf(protocol: 'eager' | 'cooperative'): CaseGroup<TransportContext>['cases'] {
  const joining = async (context: TransportContext, partitions = 4): Promise<Joining> => {
    const topic = await context.declare(partitions)
    const group = context.uniqueName()
    return {
      topic,
      group,
      join: (options = {}, transport) => context.member({ group, topics: [topic], protocol, ...options }, transport),
    }
  }
  return {
    'two members share, and one leaves': async (context) => {
      const { topic, join } = await joining(context)
      // Longer than the kit waits: who takes over can't owe it to an end of the session.
      const session = context.timing.patience * 3
      const one = await join({ session })
      await one.start()
      const two = await join({ session })
      await two.start()
      await context.until(() => one.owned().length === 2 && two.owned().length === 2, SHARE)
      equal([...one.owned(), ...two.owned()].sort(), all(topic, 4), SHARE)
      await two.close(true)
      await context.until(() => one.owned().length === 4, 'with leave the group is told and rebalances at once')
      equal(
        one.consumer
          .assignment()
          .map((item) => `${item.topic} ${item.partition}`)
          .sort(),
        all(topic, 4),
        'assignment: everything assigned at this moment',
      )
    },

    'what is committed in onRevoked counts for the next owner': async (context) => {
      const { topic, join, group } = await joining(context)
      const writer = await context.producer()
      for (const partition of [0, 1, 2, 3]) await sendTexts(writer, topic, partition, numbered(`p${partition}-`, 20))
      const commitAll =
        (member: () => TestMember) =>
        async (partitions: readonly TopicPartition[]): Promise<void> => {
          const offsets = partitions.map((item) => ({
            topic,
            partition: item.partition,
            offset: member().values(topic, item.partition).length,
          }))
          await member().consumer.commit(offsets.filter((item) => item.offset > 0))
        }
      const one = await join({ hooks: { onRevoked: commitAll(() => one) } })
      await one.start()
      await context.until(
        () => [0, 1, 2, 3].every((partition) => one.values(topic, partition).length === 20),
        'records are delivered',
      )
      const two = await join()
      await two.start()
      await context.until(() => two.owned().length === 2, SHARE)
      for (const key of two.owned()) {
        const partition = Number(key.split(' ')[1])
        equal(await context.committed(group, { topic, partition }), 20, 'onRevoked: commits made in here still count')
        await sendTexts(writer, topic, partition, ['next'])
        await context.until(() => two.values(topic, partition).length >= 1, 'records are delivered to the new owner')
        equal(two.values(topic, partition), ['next'], 'the new owner goes on where the old one had committed')
      }
    },

    'a partition is given away only when onRevoked has settled': async (context) => {
      const { join } = await joining(context)
      const gate = createGate()
      const one = await join({ hooks: { onRevoked: () => gate.passed } })
      await one.start()
      const two = await join()
      const started = two.start()
      await context.until(
        () => one.events.some((event) => event.hook === 'revoked'),
        'onRevoked is called with the partitions to give up',
      )
      await context.quiet()
      equal(two.owned(), [], 'hooks are awaited: nobody gets a partition before its owner has given it up')
      gate.open()
      await started
      await context.until(() => two.owned().length === 2, SHARE)
      await one.consumer.heartbeat()
    },

    'heartbeats go on while a hook is awaited': async (context) => {
      const { timing } = context
      const { join } = await joining(context)
      let slow = false
      const one = await join({
        hooks: { onAssigned: () => (slow ? context.pause(timing.session * 1.5) : Promise.resolve()) },
      })
      await one.start()
      slow = true
      const two = await join()
      await two.start()
      await context.until(() => two.owned().length === 2 && one.owned().length === 2, SHARE)
      await context.pause(timing.session)
      ok(!one.events.some((event) => event.hook === 'lost'), 'hooks are awaited; heartbeats go on meanwhile')
      await one.consumer.heartbeat()
    },

    'user data travels to the leader and back': async (context) => {
      const { join } = await joining(context)
      const [one, two] = [await join({ note: 'ä one' }), await join({ note: 'two' })]
      await one.start()
      await two.start()
      await context.until(
        () => two.assignor.received.at(-1)?.userData === 'two|two,ä one',
        'subscription gives user data to the leader, assign gives it to the members',
      )
      await context.until(
        () => one.assignor.received.at(-1)?.userData === 'ä one|two,ä one',
        'each member gets its own user data',
      )
      equal(one.assignor.led + two.assignor.led > 0, true, 'assign is called on the leader')
      const told = one.assignor.received.at(-1)
      equal(
        told?.membership.generation,
        one.consumer.membership()?.generation,
        'onAssignment tells the membership of the assignment',
      )
    },

    'the assignor is told what the member holds': async (context) => {
      const { topic, join } = await joining(context)
      const one = await join()
      await one.start()
      equal(one.assignor.held[0]?.owned, [], 'subscription: what the member holds, nothing at first')
      const generation = one.consumer.membership()?.generation ?? -1
      one.assignor.note = 'again'
      one.consumer.rejoin('user data changed')
      await context.until(
        () => (one.consumer.membership()?.generation ?? -1) > generation,
        'rejoin asks for a rebalance',
      )
      const held = one.assignor.held.at(-1)
      // Under eager all was given up before the join; a claim of it may be made or not.
      if (protocol === 'cooperative') {
        equal(
          held?.owned.map((item) => `${item.topic} ${item.partition}`).sort(),
          all(topic, 4),
          'subscription: what the member holds',
        )
        ok((held?.generation ?? -1) >= generation, 'subscription: of which generation it is')
      }
    },

    'rejoin brings new user data to all, and the generation rises': async (context) => {
      const { join } = await joining(context)
      const [one, two] = [await join({ note: 'one' }), await join({ note: 'two' })]
      await one.start()
      await two.start()
      await context.until(() => one.owned().length === 2 && two.owned().length === 2, SHARE)
      await context.quiet()
      const before = two.consumer.membership()?.generation ?? -1
      two.assignor.note = 'news'
      two.consumer.rejoin('user data changed')
      await context.until(
        () => one.assignor.received.at(-1)?.userData === 'one|news,one',
        'rejoin asks for a rebalance, e.g. because the user data changed',
      )
      await context.until(
        () => (one.consumer.membership()?.generation ?? -1) > before,
        'generation rises with every rebalance',
      )
      await context.until(() => one.owned().length === 2 && two.owned().length === 2, SHARE)
      equal(
        one.consumer.membership()?.generation,
        two.consumer.membership()?.generation,
        'all members have one generation',
      )
    },

    'calls of rejoin close together are one': async (context) => {
      const { join } = await joining(context)
      const one = await join()
      await one.start()
      const before = one.events.filter((event) => event.hook === 'assigned').length
      one.assignor.note = 'again'
      for (let turn = 0; turn < 10; turn++) one.consumer.rejoin(`reason ${turn}`)
      await context.until(
        () => one.events.filter((event) => event.hook === 'assigned').length > before,
        'rejoin asks for a rebalance',
      )
      await context.quiet()
      equal(one.events.filter((event) => event.hook === 'assigned').length, before + 1, 'calls close together are one')
    },

    'onAssigned comes after every rebalance, with what is new': async (context) => {
      const { join } = await joining(context)
      const one = await join()
      await one.start()
      one.assignor.note = 'again'
      const before = one.events.length
      one.consumer.rejoin('nothing will move')
      await context.until(
        () => one.events.slice(before).some((event) => event.hook === 'assigned'),
        'onAssigned comes after every completed rebalance',
      )
      const hooks = one.events.slice(before).map((event) => event.hook)
      ok(
        hooks.includes('rejoin') && hooks.indexOf('rejoin') < hooks.indexOf('assigned'),
        'onRejoin comes before the member joins again',
      )
      const last = one.events.at(-1)
      equal(
        last?.partitions.length,
        protocol === 'eager' ? 4 : 0,
        'onAssigned: the partitions that are new (possibly none)',
      )
      equal(
        last?.membership?.generation,
        one.consumer.membership()?.generation,
        'onAssigned tells the membership of now',
      )
    },

    'a topic that is created later is seen': async (context) => {
      const topic = await context.declare()
      const later = context.topicName()
      const one = await context.member({ group: context.uniqueName(), topics: [topic, later], protocol })
      await one.start()
      equal(one.owned(), all(topic, 1), 'partitionCounts has every existing topic')
      const { admin } = await context.observer()
      await admin.declareTopics([{ name: later, partitions: 2 }])
      await context.until(() => one.owned().length === 3, 'a subscribed topic that is created later is seen')
    },

    'members of different topics share what each wants': async (context) => {
      const [a, b] = [await context.declare(2), await context.declare(2)]
      const group = context.uniqueName()
      const one = await context.member({ group, topics: [a], protocol })
      const two = await context.member({ group, topics: [a, b], protocol })
      await one.start()
      await two.start()
      await context.until(() => one.owned().length + two.owned().length === 4, SHARE)
      ok(
        one.owned().every((key) => key.startsWith(`${a} `)),
        'members: the topics of each are told to the leader',
      )
      equal([...one.owned(), ...two.owned()].sort(), [...all(a, 2), ...all(b, 2)].sort(), SHARE)
    },

    'a poll that waits long delays nobody': async (context) => {
      const { join } = await joining(context)
      const session = context.timing.patience * 3
      const one = await join({ polling: false, session })
      await one.start()
      const controller = new AbortController()
      const waiting = one.consumer.poll({ maxWait: 600_000, signal: controller.signal }).catch(() => [])
      await one.consumer.heartbeat()
      const two = await join({ session })
      await two.start()
      await context.until(() => one.owned().length === 2 && two.owned().length === 2, `${SHARE}, while a poll waits`)
      await one.consumer.commit([])
      controller.abort()
      await waiting
    },

    'two members may share a client': async (context) => {
      const { topic, join } = await joining(context)
      const transport = await context.connect()
      const [one, two] = [await join({}, transport), await join({}, transport)]
      await one.start()
      await two.start()
      await context.until(() => one.owned().length === 2 && two.owned().length === 2, SHARE)
      await context.pause(context.timing.session * 1.5)
      await Promise.all([one.consumer.heartbeat(), two.consumer.heartbeat()])
      equal([...one.owned(), ...two.owned()].sort(), all(topic, 4), `${SHARE}, on one client as on several`)
      ok(
        ![...one.events, ...two.events].some((event) => event.hook === 'lost'),
        "members of one client disturb each other's membership in nothing",
      )
    },

    'more members than partitions': async (context) => {
      const { topic, join } = await joining(context, 2)
      const members = await Promise.all([join(), join(), join(), join()])
      await Promise.all(members.map((member) => member.start()))
      await context.until(
        () =>
          members
            .flatMap((member) => member.owned())
            .sort()
            .join() === all(topic, 2).join(),
        SHARE,
      )
      for (const member of members) ok(member.owned().length <= 1, 'a member may have nothing')
      const busy = members.filter((member) => member.owned().length > 0)
      await Promise.all(busy.map((member) => member.close(true)))
      const idle = members.filter((member) => !busy.includes(member))
      await context.until(() => idle.flatMap((member) => member.owned()).length === 2, 'who had nothing takes over')
    },
  }
}

function all(topic: string, partitions: number): string[] {
  return Array.from({ length: partitions }, (_, partition) => `${topic} ${partition}`)
}
