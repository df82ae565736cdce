import { partitionKey } from '@faust/core'
import { equal, ok } from '../kit/check.ts'
import { createGate } from '../kit/gate.ts'
import type { CaseGroup } from '../kit/suite.ts'
import type { MemberOptions, TestMember } from './member.ts'
import { numbered, sendTexts } from './records.ts'
import type { TransportContext } from './transport-context.ts'

const KEPT = 'cooperative keeps reading what stays: a kept partition is never revoked, and keeps its position'

/** What only the cooperative protocol promises. */
export const cooperation: CaseGroup<TransportContext> = {
  name: 'cooperation',
  needs: ['cooperative'],
  cases: {
    'only what moves is revoked': async (context) => {
      const { topic, join } = await cooperative(context, 4)
      const one = await join()
      await one.start()
      const two = await join()
      await two.start()
      await context.until(() => one.owned().length === 2 && two.owned().length === 2, 'both have their share')
      const revoked = one.events.filter((event) => event.hook === 'revoked').flatMap((event) => event.partitions)
      equal([...revoked].sort(), two.owned(), `${KEPT}; only what the other got was revoked`)
      const assigned = one.events.filter((event) => event.hook === 'assigned').flatMap((event) => event.partitions)
      equal(
        [...assigned].sort(),
        Array.from({ length: 4 }, (_, partition) => partitionKey(topic, partition)),
        'onAssigned: the partitions that are new',
      )
    },

    'kept partitions deliver during the whole rebalance': async (context) => {
      const { topic, join } = await cooperative(context, 2)
      const writer = await context.producer()
      const [rejoining, revoking] = [createGate(), createGate()]
      let hold = false
      const one = await join({
        hooks: {
          onRejoin: () => (hold ? rejoining.passed : Promise.resolve()),
          onRevoked: () => revoking.passed,
        },
      })
      await one.start()
      hold = true
      const two = await join()
      const started = two.start()
      const rule = 'poll goes on while a hook is awaited'
      await context.until(
        () => one.events.some((event) => event.hook === 'rejoin'),
        'onRejoin is called before the member joins again',
      )
      for (const partition of [0, 1]) await sendTexts(writer, topic, partition, ['during onRejoin'])
      await context.until(() => [0, 1].every((partition) => one.values(topic, partition).length === 1), rule)
      hold = false
      rejoining.open()
      await context.until(
        () => one.events.some((event) => event.hook === 'revoked'),
        'onRevoked is called with the partitions to give up',
      )
      const leaving = Number(one.events.find((event) => event.hook === 'revoked')?.partitions[0]?.split(' ')[1])
      const kept = 1 - leaving
      await sendTexts(writer, topic, kept, ['during onRevoked'])
      await context.until(() => one.values(topic, kept).length === 2, rule)
      revoking.open()
      await started
      await context.until(() => two.owned().length === 1, 'both have their share')
      await sendTexts(writer, topic, kept, ['after'])
      await context.until(() => one.values(topic, kept).length === 3, KEPT)
      equal(one.values(topic, kept), ['during onRejoin', 'during onRevoked', 'after'], KEPT)
    },

    'a kept partition stays paused, a new one starts unpaused': async (context) => {
      const { topic, join } = await cooperative(context, 2)
      const writer = await context.producer()
      const one = await join()
      await one.start()
      one.consumer.pause([0, 1].map((partition) => ({ topic, partition })))
      const two = await join()
      await two.start()
      await context.until(() => one.owned().length === 1 && two.owned().length === 1, 'both have their share')
      const kept = Number(one.owned()[0]?.split(' ')[1])
      await sendTexts(writer, topic, kept, ['to the kept'])
      await context.quiet()
      equal(one.values(topic, kept), [], 'a pause outlives a rebalance')
      await two.close(true)
      await context.until(() => one.owned().length === 2, 'who stays takes over')
      await sendTexts(writer, topic, 1 - kept, ['to the new'])
      await context.until(() => one.values(topic, 1 - kept).length === 1, 'a new assignment starts unpaused')
      equal(one.values(topic, kept), [], 'a pause outlives a rebalance')
    },

    'commits for kept partitions go through, whenever they are made': async (context) => {
      const { topic, group, join } = await cooperative(context, 4)
      const one = await join({ note: 'one', prefer: () => 'one' })
      await one.start()
      let running = true
      let offset = 0
      const committing = (async () => {
        while (running) {
          await context.pause(1)
          await one.consumer.commit([{ topic, partition: 0, offset: ++offset }])
        }
      })()
      // A failure is told by the await below.
      committing.catch(() => undefined)
      for (let turn = 0; turn < 3; turn++) {
        const guest = await join({ note: 'guest', prefer: () => 'one' })
        await guest.start()
        await context.pause(20)
        await guest.close(true)
      }
      running = false
      await committing
      equal(
        await context.committed(group, { topic, partition: 0 }),
        offset,
        'commit waits while a join is under way, and then counts',
      )
      equal(
        one.events.filter((event) => event.hook === 'revoked'),
        [],
        KEPT,
      )
    },

    'twenty rebalances under load hand nothing over twice': async (context) => {
      const { topic, join } = await cooperative(context, 2)
      const writer = await context.producer()
      const one = await join({ note: 'one', prefer: () => 'one' })
      await one.start()
      let running = true
      let sent = 0
      const sending = (async () => {
        while (running) {
          await Promise.all([0, 1].map((partition) => sendTexts(writer, topic, partition, numbered('v', 5, sent))))
          sent += 5
          await context.pause(2)
        }
      })()
      sending.catch(() => undefined)
      const generations = new Set<number | undefined>()
      for (let turn = 0; turn < 20; turn++) {
        const before = one.consumer.membership()?.generation ?? -1
        one.assignor.note = turn % 2 === 0 ? 'one' : 'one '
        one.consumer.rejoin(`turn ${turn}`)
        await context.until(() => (one.consumer.membership()?.generation ?? -1) > before, 'rejoin asks for a rebalance')
        generations.add(one.consumer.membership()?.generation)
      }
      running = false
      await sending
      await context.until(
        () => [0, 1].every((partition) => one.values(topic, partition).length >= sent),
        'records are delivered',
      )
      for (const partition of [0, 1])
        equal(one.values(topic, partition), numbered('v', sent), `${KEPT}: every record once, in order`)
      ok(generations.size === 20, 'generation rises with every rebalance')
    },

    'members come and go under load, and every record reaches somebody': async (context) => {
      const { topic, join } = await cooperative(context, 6)
      const writer = await context.producer()
      const commitOwn = (member: () => TestMember): MemberOptions['hooks'] => ({
        onRevoked: (partitions) =>
          member().consumer.commit(
            partitions.flatMap(({ topic: name, partition }) => {
              const next = member()
                .batches.filter((batch) => batch.partition === partition)
                .at(-1)?.nextOffset
              return next === undefined ? [] : [{ topic: name, partition, offset: next }]
            }),
          ),
      })
      const members: TestMember[] = []
      const add = async (): Promise<void> => {
        const member: TestMember = await join({ hooks: commitOwn(() => member) })
        members.push(member)
        await member.start()
      }
      await add()
      let sent = 0
      for (let turn = 0; turn < 6; turn++) {
        await (turn % 3 === 2 ? members.at(-1)?.close(true) : add())
        await Promise.all(
          [0, 1, 2, 3, 4, 5].map((partition) => sendTexts(writer, topic, partition, numbered('v', 10, sent))),
        )
        sent += 10
      }
      for (const partition of [0, 1, 2, 3, 4, 5]) {
        const found = (): string[] => members.flatMap((member) => member.values(topic, partition))
        await context.until(
          () => new Set(found()).size >= sent,
          () => `every record is delivered: partition ${partition} has ${new Set(found()).size} of ${sent}`,
        )
        for (const member of members) {
          const values = member.values(topic, partition)
          equal(values, [...new Set(values)], 'no member is handed a record twice')
        }
      }
    },
  },
}

interface Cooperative {
  readonly topic: string
  readonly group: string
  join(options?: Partial<MemberOptions>): Promise<TestMember>
}

async function cooperative(context: TransportContext, partitions: number): Promise<Cooperative> {
  const topic = await context.declare(partitions)
  const group = context.uniqueName()
  return {
    topic,
    group,
    join: (options = {}) => context.member({ group, topics: [topic], protocol: 'cooperative', ...options }),
  }
}
