import type {
  Clock,
  CommittedOffset,
  GroupConsumer,
  GroupConsumerOptions,
  GroupHooks,
  GroupMembership,
  RecordBatch,
  TopicPartition,
  Transport,
} from '@faust/core'
import { isFaustError, partitionKey } from '@faust/core'
import { text } from '../kit/bytes.ts'
import { turn } from '../kit/turn.ts'
import { pause } from '../kit/until.ts'
import { testAssignor } from './assignor.ts'
import type { TestAssignor } from './assignor.ts'
import { watchHooks } from './member-hooks.ts'
import type { MemberEvent } from './member-hooks.ts'

/** How a member of the kit joins. */
export interface MemberOptions {
  readonly group: string
  readonly topics: readonly string[]
  /** Default: cooperative where the transport can, else eager. */
  readonly protocol?: 'cooperative' | 'eager' | undefined
  readonly isolation?: GroupConsumerOptions['isolation'] | undefined
  readonly instanceId?: string | undefined
  /** Told to the leader. */
  readonly note?: string | undefined
  readonly assignorName?: string | undefined
  readonly prefer?: (() => string | undefined) | undefined
  /** Run inside the hooks, after the kit has noted the call. */
  readonly hooks?: Partial<GroupHooks> | undefined
  /** Where a new partition begins. Default: its committed offset, else 0. `null` seeks nothing. */
  readonly seek?: ((partition: TopicPartition) => number) | null | undefined
  /** Ms without a heartbeat after which it is out. Default: the kit's. */
  readonly session?: number | undefined
  /** Polls all the time. Default true. */
  readonly polling?: boolean | undefined
}

/** A member that notes everything that happens to it. */
export interface TestMember {
  readonly consumer: GroupConsumer
  readonly assignor: TestAssignor
  readonly events: readonly MemberEvent[]
  /** What it holds by what its hooks were told, as `topic partition`, sorted. */
  owned(): string[]
  /** The values it was handed of one partition, in order. */
  values(topic: string, partition: number): string[]
  readonly batches: readonly RecordBatch[]
  /** What `poll` rejected with. */
  readonly errors: readonly unknown[]
  /** Rules that were broken while nobody looked. */
  readonly violations: readonly string[]
  /** Joins, and begins to poll. */
  start(): Promise<void>
  /** Stops polling, and waits for the call that is under way. */
  rest(): Promise<void>
  close(leave: boolean): Promise<void>
}

/** Time and timers of a member. */
export interface MemberTiming {
  readonly clock: Clock
  readonly session: number
  readonly heartbeat: number
  readonly rebalance: number
}

/** Asks until no transaction of an earlier owner is open, as an app has to before it reads. */
async function stableOffsets(
  transport: Transport,
  group: string,
  partitions: readonly TopicPartition[],
  clock: Clock,
): Promise<readonly CommittedOffset[]> {
  for (;;) {
    try {
      return await transport.admin.committedOffsets(group, partitions, { requireStable: true })
    } catch (error) {
      if (!isFaustError(error, 'FAUST_OFFSETS_UNSTABLE')) throw error
    }
    await pause(clock, 2)
  }
}

/** Makes a member that has not joined yet. */
export function createMember(transport: Transport, options: MemberOptions, timing: MemberTiming): TestMember {
  const protocol = options.protocol ?? (transport.supports.cooperative ? 'cooperative' : 'eager')
  const assignor = testAssignor({
    topics: options.topics,
    cooperative: protocol === 'cooperative',
    name: options.assignorName,
    prefer: options.prefer,
  })
  assignor.note = options.note ?? ''
  const violations: string[] = []
  const { clock } = timing
  const seekTo = async (partitions: readonly TopicPartition[], membership: GroupMembership): Promise<void> => {
    if (options.seek === null || partitions.length === 0) return
    if (options.seek !== undefined) {
      for (const partition of partitions) consumer.seek(partition, options.seek(partition))
      return
    }
    const committed = await stableOffsets(transport, membership.group, partitions, clock)
    for (const item of committed) consumer.seek(item, item.offset ?? 0)
  }
  const watched = watchHooks(options.hooks ?? {}, seekTo, violations, protocol)
  const consumer = transport.groupConsumer({
    group: options.group,
    assignor,
    hooks: watched.hooks,
    protocol,
    isolation: options.isolation ?? 'read-committed',
    ...(options.instanceId === undefined ? {} : { instanceId: options.instanceId }),
    sessionTimeout: options.session ?? timing.session,
    heartbeatInterval: timing.heartbeat,
    rebalanceTimeout: timing.rebalance,
  })
  const batches: RecordBatch[] = []
  const errors: unknown[] = []
  let resting = false
  let loop: Promise<void> | undefined

  const accept = (batch: RecordBatch): void => {
    batches.push(batch)
    const key = partitionKey(batch.topic, batch.partition)
    if (!watched.mayDeliver(key)) violations.push(`poll handed over records of ${key}, which is not assigned`)
    let last = -1
    for (const record of batch.records) {
      if (record.offset <= last) violations.push(`offsets of ${key} do not ascend: ${record.offset} after ${last}`)
      last = record.offset
    }
    if (batch.nextOffset <= last) violations.push(`nextOffset ${batch.nextOffset} of ${key} is not beyond its records`)
  }
  const run = async (): Promise<void> => {
    while (!resting) {
      await turn(clock)
      try {
        for (const batch of await consumer.poll({ maxWait: 50 })) accept(batch)
      } catch (error) {
        errors.push(error)
        if (errors.length > 100) errors.shift()
        if (isFaustError(error, 'FAUST_CLOSED') || isFaustError(error, 'FAUST_INSTANCE_FENCED')) return
        // A place that cannot be read is told at every poll: time has to pass in between.
        await pause(clock, 2)
      }
    }
  }
  const member: TestMember = {
    consumer,
    assignor,
    events: watched.events,
    owned: () => [...watched.owned].sort(),
    values: (topic, partition) =>
      batches
        .filter((batch) => batch.topic === topic && batch.partition === partition)
        .flatMap((batch) => Array.from(batch.records, (record) => text(record.value) ?? '')),
    batches,
    errors,
    violations,
    async start() {
      await consumer.start()
      if (options.polling !== false) loop = run()
    },
    async rest() {
      resting = true
      await loop
    },
    async close(leave) {
      resting = true
      await consumer.close({ leave })
      await loop
    },
  }
  return member
}
