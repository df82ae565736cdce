import type { TopicPartition } from '@faust/core'
import { equal, ok } from '../kit/check.ts'
import { createGate } from '../kit/gate.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { TestMember } from './member.ts'
import { allOf, bothProtocols, newGroup, SHARE } from './rebalance-group.ts'
import type { Protocol } from './rebalance-group.ts'
import { numbered, sendTexts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

/** What both protocols promise when members come and go. */
export const rebalances: readonly CaseGroup<TransportContext>[] = bothProtocols('rebalance', casesOf)

function casesOf(protocol: Protocol): CaseGroup<TransportContext>['cases'] {
  return {
    'two members share, and one leaves': async (context) => {
      const { topic, join } = await newGroup(context, protocol)
      // Longer than the kit waits: who takes over can't owe it to an end of the session.
      const session = context.timing.patience * 3
      const one = await join({ session })
      await one.start()
      const two = await join({ session })
      await two.start()
      await context.until(() => one.owned().length === 2 && two.owned().length === 2, SHARE)
      equal([...one.owned(), ...two.owned()].sort(), allOf(topic, 4), SHARE)
      await two.close(true)
      await context.until(() => one.owned().length === 4, 'with leave the group is told and rebalances at once')
      equal(
        one.consumer
          .assignment()
          .map((item) => `${item.topic} ${item.partition}`)
          .sort(),
        allOf(topic, 4),
        'assignment: everything assigned at this moment',
      )
    },

    'what is committed in onRevoked counts for the next owner': async (context) => {
      const { topic, join, group } = await newGroup(context, protocol)
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
      const { join } = await newGroup(context, protocol)
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
      const { join } = await newGroup(context, protocol)
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

    'a poll that waits long delays nobody': async (context) => {
      const { join } = await newGroup(context, protocol)
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
      const { topic, join } = await newGroup(context, protocol)
      const transport = await context.connect()
      const [one, two] = [await join({}, transport), await join({}, transport)]
      await one.start()
      await two.start()
      await context.until(() => one.owned().length === 2 && two.owned().length === 2, SHARE)
      await context.pause(context.timing.session * 1.5)
      await Promise.all([one.consumer.heartbeat(), two.consumer.heartbeat()])
      equal([...one.owned(), ...two.owned()].sort(), allOf(topic, 4), `${SHARE}, on one client as on several`)
      ok(
        ![...one.events, ...two.events].some((event) => event.hook === 'lost'),
        "members of one client disturb each other's membership in nothing",
      )
    },

    'more members than partitions': async (context) => {
      const { topic, join } = await newGroup(context, protocol, 2)
      const members = await Promise.all([join(), join(), join(), join()])
      await Promise.all(members.map((member) => member.start()))
      await context.until(
        () =>
          members
            .flatMap((member) => member.owned())
            .sort()
            .join() === allOf(topic, 2).join(),
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
