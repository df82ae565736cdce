import { isFaustError } from '@faust/core'
import { equal } from '../kit/check.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { MemberOptions, TestMember } from './member.ts'
import { sendTexts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const KEEPS = 'a static identity keeps its partitions through a restart shorter than the session'

/** Members with a name of their own. */
export const staticMembership: CaseGroup<TransportContext> = {
  name: 'static membership',
  needs: ['staticMembership'],
  cases: {
    'a restart within the session moves nothing': async (context) => {
      const { join, instance } = await group(context)
      const [one, two] = [await join(), await join({ instanceId: instance })]
      await one.start()
      await two.start()
      await context.until(() => one.owned().length === 2 && two.owned().length === 2, 'both have their share')
      await context.quiet()
      const [events, owned, generation] = [one.events.length, two.owned(), one.consumer.membership()?.generation]
      await two.close(false)
      const again = await join({ instanceId: instance })
      await again.start()
      equal(again.owned(), owned, KEEPS)
      await context.pause(context.timing.session * 1.5)
      equal(one.events.slice(events), [], `${KEEPS}, without a rebalance`)
      equal(
        [one.consumer.membership()?.generation, again.consumer.membership()?.generation],
        [generation, generation],
        `${KEEPS}, without a rebalance`,
      )
      equal(again.consumer.membership()?.instanceId, instance, 'membership: the static identity, when it has one')
      await again.consumer.heartbeat()
    },

    'the restarted member commits and reads on': async (context) => {
      const { topic, name, join, instance } = await group(context)
      const writer = await context.producer()
      for (const partition of [0, 1, 2, 3]) await sendTexts(writer, topic, partition, ['a', 'b'])
      const first = await join({ instanceId: instance })
      await first.start()
      await context.until(() => first.values(topic, 3).length === 2, 'records are delivered')
      await first.consumer.commit([{ topic, partition: 3, offset: 1 }])
      await first.close(false)
      const second = await join({ instanceId: instance })
      await second.start()
      await context.until(() => second.values(topic, 3).length >= 1, 'records are delivered')
      equal(second.values(topic, 3), ['b'], 'a restarted member goes on where it had committed')
      await second.consumer.commit([{ topic, partition: 3, offset: 2 }])
      equal(await context.committed(name, { topic, partition: 3 }), 2, 'a restarted member is a member')
    },

    'a restarted only member gets everything back at once': async (context) => {
      const { join, instance, topic } = await group(context)
      const session = longer(context)
      const first = await join({ instanceId: instance, session })
      await first.start()
      await first.close(false)
      const second = await join({ instanceId: instance, session })
      await second.start()
      equal(
        second.owned(),
        [0, 1, 2, 3].map((partition) => `${topic} ${partition}`),
        KEEPS,
      )
      // It was the leader, and is to be one again when somebody else comes.
      const other = await join({ session })
      await other.start()
      await context.until(() => second.owned().length === 2 && other.owned().length === 2, 'both have their share')
    },

    'a second instance of a name fences the first': async (context) => {
      const { join, instance } = await group(context)
      const first = await join({ instanceId: instance })
      await first.start()
      const second = await join({ instanceId: instance })
      await second.start()
      const rule = 'poll rejects for good with FAUST_INSTANCE_FENCED when a newer member took the static identity'
      await context.until(() => first.errors.some((error) => isFaustError(error, 'FAUST_INSTANCE_FENCED')), rule)
      const generation = second.consumer.membership()?.generation
      await context.pause(context.timing.session)
      equal(second.owned().length, 4, 'the newer instance wins')
      equal(second.consumer.membership()?.generation, generation, 'the fenced one does not join again')
      await second.consumer.heartbeat()
      await first.close(true)
      await context.quiet()
      await second.consumer.heartbeat()
      equal(second.owned().length, 4, 'a fenced instance takes nothing with it when it leaves')
    },

    'leaving for good gives its partitions away at once': async (context) => {
      const { join, instance } = await group(context)
      const session = longer(context)
      const [one, two] = [await join({ session }), await join({ instanceId: instance, session })]
      await one.start()
      await two.start()
      await context.until(() => one.owned().length === 2 && two.owned().length === 2, 'both have their share')
      await two.close(true)
      await context.until(() => one.owned().length === 4, 'with leave the group is told and rebalances at once')
    },

    'a name that stays away loses its partitions after the session': async (context) => {
      const { join, instance } = await group(context)
      const [one, two] = [await join(), await join({ instanceId: instance })]
      await one.start()
      await two.start()
      await context.until(() => one.owned().length === 2 && two.owned().length === 2, 'both have their share')
      await two.close(false)
      await context.until(
        () => one.owned().length === 4,
        'without a heartbeat for the session time-out a member is out',
      )
    },
  },
}

/** Longer than the kit waits: who gets partitions can't owe it to an end of the session. */
function longer(context: TransportContext): number {
  return context.timing.patience * 3
}

interface Group {
  readonly topic: string
  readonly name: string
  readonly instance: string
  join(options?: Partial<MemberOptions>): Promise<TestMember>
}

async function group(context: TransportContext): Promise<Group> {
  const topic = await context.declare(4)
  const name = context.uniqueName()
  return {
    topic,
    name,
    instance: context.uniqueName('instance'),
    join: (options = {}) => context.member({ group: name, topics: [topic], ...options }),
  }
}
