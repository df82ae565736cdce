import { equal, ok } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import { allOf, bothProtocols, newGroup, SHARE } from './rebalance-group.ts'
import type { Protocol } from './rebalance-group.ts'
import type { TransportContext } from './transport-context.ts'

/** What the assignor is told and tells, and when members join again. */
export const rejoining: readonly CaseGroup<TransportContext>[] = bothProtocols('rejoin', casesOf)

function casesOf(protocol: Protocol): CaseGroup<TransportContext>['cases'] {
  return {
    'user data travels to the leader and back': async (context) => {
      const { join } = await newGroup(context, protocol)
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
      const { topic, join } = await newGroup(context, protocol)
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
          allOf(topic, 4),
          'subscription: what the member holds',
        )
        ok((held?.generation ?? -1) >= generation, 'subscription: of which generation it is')
      }
    },

    'rejoin brings new user data to all, and the generation rises': async (context) => {
      const { join } = await newGroup(context, protocol)
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
      const { join } = await newGroup(context, protocol)
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
      const { join } = await newGroup(context, protocol)
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
      equal(one.owned(), allOf(topic, 1), 'partitionCounts has every existing topic')
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
      equal([...one.owned(), ...two.owned()].sort(), [...allOf(a, 2), ...allOf(b, 2)].sort(), SHARE)
    },
  }
}
