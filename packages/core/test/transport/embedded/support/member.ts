import type { GroupConsumer, GroupConsumerOptions, GroupHooks } from '../../../../src/transport/group.ts'
import type { TopicPartition } from '../../../../src/transport/record.ts'
import type { EmbeddedTransport } from '../../../../src/transport/embedded/embedded-transport.ts'
import { testAssignor } from './assignor.ts'
import type { TestAssignor } from './assignor.ts'
import { valuesIn } from './fixture.ts'

/** A member of a group with a diary of its hooks. */
export interface TestMember {
  readonly consumer: GroupConsumer
  readonly assignor: TestAssignor
  /** Hook by hook: `assigned orders-0 orders-1`. */
  readonly diary: string[]
  /** Names of what is assigned now, sorted. */
  readonly holds: readonly string[]
  /** Values that one poll without waiting gives. */
  values(): Promise<(string | null)[]>
}

export interface TestMemberOptions extends Partial<Omit<GroupConsumerOptions, 'assignor' | 'hooks'>> {
  readonly topics: readonly string[]
  readonly assignor?: TestAssignor
  /** Run inside of the hooks of the same name. */
  readonly hooks?: Partial<GroupHooks>
  /** Where new partitions begin; null leaves them unsought. Default 0. */
  readonly from?: number | null
}

export function member(transport: EmbeddedTransport, options: TestMemberOptions): TestMember {
  const { topics, hooks = {}, from = 0, protocol = 'cooperative', ...rest } = options
  const assignor = options.assignor ?? testAssignor(topics, protocol === 'cooperative')
  const diary: string[] = []
  const consumer = transport.groupConsumer({
    group: 'group',
    isolation: 'read-uncommitted',
    ...rest,
    protocol,
    assignor,
    hooks: {
      onRejoin: async () => {
        diary.push('rejoin')
        await hooks.onRejoin?.()
      },
      onRevoked: async (partitions) => {
        diary.push(`revoked ${names(partitions)}`)
        await hooks.onRevoked?.(partitions)
      },
      onAssigned: async (partitions, membership) => {
        diary.push(`assigned ${names(partitions)}`.trim())
        if (from !== null) for (const partition of partitions) consumer.seek(partition, from)
        await hooks.onAssigned?.(partitions, membership)
      },
      onLost: async (partitions) => {
        diary.push(`lost ${names(partitions)}`)
        await hooks.onLost?.(partitions)
      },
    },
  })
  return {
    consumer,
    assignor,
    diary,
    get holds() {
      return consumer.assignment().map(nameOf).sort()
    },
    values: async () => valuesIn(await consumer.poll({ maxWait: 0 })),
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

function names(partitions: readonly TopicPartition[]): string {
  return partitions.map(nameOf).sort().join(' ')
}
