import type {
  Clock,
  MaybePromise,
  Producer,
  ProducerOptions,
  Reader,
  ReaderOptions,
  TopicDeclaration,
  TopicPartition,
  Transport,
  TransportSupports,
} from '@faust/core'
import { partitionKey } from '@faust/core'
import { equal } from '../kit/check.ts'
import { withCleanup } from '../kit/cleanup.ts'
import type { Cleanup } from '../kit/cleanup.ts'
import { silentLogger } from '../kit/silent-logger.ts'
import { pause, until } from '../kit/until.ts'
import { seededRandom } from '../random/seeded-random.ts'
import type { SeededRandom } from '../random/seeded-random.ts'
import { freezableClock } from './freezable-clock.ts'
import type { FreezableClock } from './freezable-clock.ts'
import type { TransportFaults, TransportLogControl } from './hooks.ts'
import { createMember } from './member.ts'
import type { MemberOptions, TestMember } from './member.ts'
import { readPartition } from './read-partition.ts'
import type { ReadPartition, ReadPartitionOptions } from './read-partition.ts'
import type { Timing } from './timing.ts'

/** What a case of the transport kit works with. Everything it opens is closed after the case. */
export interface TransportContext {
  readonly supports: TransportSupports
  readonly timing: Timing
  readonly clock: Clock
  readonly random: SeededRandom
  readonly faults: TransportFaults
  readonly log: TransportLogControl
  /** A client that is not started. */
  create(): Promise<Transport>
  /** Another started client of the log. */
  connect(): Promise<Transport>
  /** The client through which the case looks at the log; always the same and the first. */
  observer(): Promise<Transport>
  /** The same, after the log was restarted. */
  connectAnew(): Promise<Transport>
  /** A topic name that nothing else uses. */
  topicName(): string
  /** A group name that nothing else uses; transactional and instance ids as well. */
  uniqueName(kind?: string): string
  /** A new topic. */
  declare(partitions?: number, config?: TopicDeclaration['config']): Promise<string>
  /** A producer after its `init`, on a client of its own or the given one. */
  producer(options?: ProducerOptions, transport?: Transport): Promise<Producer>
  reader(options?: Partial<ReaderOptions>, transport?: Transport): Promise<Reader>
  /** A member that has not joined yet, on a client of its own or the given one. */
  member(options: MemberOptions, transport?: Transport): Promise<TestMember>
  /** What a new reader finds in one partition, up to the end at its start. */
  read(topic: string, partition?: number, options?: ReadPartitionOptions): Promise<ReadPartition>
  /** The log end of a partition, once no transaction is open and every marker is written. */
  stableEnd(topic: string, partition?: number): Promise<number>
  /** What a group has committed for a partition. */
  committed(group: string, partition: TopicPartition): Promise<number | null>
  /** Waits for what must happen. */
  until<T>(condition: () => MaybePromise<T>, what: string | (() => string)): Promise<NonNullable<Exclude<T, false>>>
  /** Lets the time pass in which something must not happen. */
  quiet(): Promise<void>
  /** Lets the time pass. */
  pause(ms: number): Promise<void>
  /** Stops a client made by `connect` as SIGSTOP does, and lets it go on. */
  freeze(transport: Transport): Promise<void>
  thaw(transport: Transport): Promise<void>
}

/** What contexts are made from. */
export interface TransportContextOptions {
  readonly create: () => MaybePromise<Transport>
  readonly supports: TransportSupports
  readonly timing: Timing
  readonly clock: Clock
  readonly faults: TransportFaults
  readonly log: TransportLogControl
  readonly seed: number
  /** Unique for this run of the kit: the log may outlive it. */
  readonly run: string
}

/** Gives each case names and clients of its own. */
export function provideTransportContext(
  options: TransportContextOptions,
): (name: string, run: (context: TransportContext) => Promise<void>) => Promise<void> {
  let cases = 0
  return (name, run) => {
    const home = `${options.run}-${cases++}`
    return withCleanup(options.timing.patience, async (cleanup) => {
      const members: TestMember[] = []
      await run(createContext(options, name, home, cleanup, members))
      for (const member of members) equal(member.violations, [], 'rules that hold for every member at all times')
    })
  }
}

function createContext(
  options: TransportContextOptions,
  name: string,
  home: string,
  cleanup: Cleanup,
  members: TestMember[],
): TransportContext {
  const { clock, timing, faults } = options
  const clocks = new WeakMap<Transport, FreezableClock>()
  let names = 0
  let observer: Promise<Transport> | undefined

  const context: TransportContext = {
    supports: options.supports,
    timing,
    clock,
    faults,
    log: options.log,
    random: seededRandom(`${options.seed} ${name}`),
    async create() {
      const transport = await options.create()
      cleanup.add('a client', () => transport.close())
      return transport
    },
    async connect() {
      // The observer comes first: in a log within the process the first client may be the one that lends it its clock.
      await context.observer()
      const own = freezableClock(clock)
      const transport = await context.create()
      clocks.set(transport, own)
      await transport.start({ app: home, clock: own, logger: silentLogger() })
      return transport
    },
    observer() {
      observer ??= (async () => {
        const transport = await context.create()
        await transport.start({ app: home, clock, logger: silentLogger() })
        return transport
      })()
      return observer
    },
    connectAnew() {
      observer = undefined
      return context.observer()
    },
    topicName: () => `${home}-topic-${names++}`,
    uniqueName: (kind = 'group') => `${home}-${kind}-${names++}`,
    async declare(partitions = 1, config) {
      const topic = context.topicName()
      const { admin } = await context.observer()
      await admin.declareTopics([{ name: topic, partitions, ...(config === undefined ? {} : { config }) }])
      return topic
    },
    async producer(producerOptions, transport) {
      const producer = (transport ?? (await context.connect())).producer(producerOptions)
      cleanup.add('a producer', () => producer.close())
      await producer.init()
      return producer
    },
    async reader(readerOptions, transport) {
      const reader = (transport ?? (await context.connect())).reader({ isolation: 'read-committed', ...readerOptions })
      cleanup.add('a reader', () => reader.close())
      return reader
    },
    async member(memberOptions, transport) {
      const member = createMember(transport ?? (await context.connect()), memberOptions, { ...timing, clock })
      members.push(member)
      cleanup.add('a member', () => member.close(true))
      return member
    },
    async read(topic, partition = 0, readOptions = {}) {
      const reader = await context.reader(
        { isolation: readOptions.isolation ?? 'read-committed' },
        await context.observer(),
      )
      try {
        return await readPartition(reader, clock, timing.patience, { topic, partition }, readOptions)
      } finally {
        await reader.close()
      }
    },
    async stableEnd(topic, partition = 0) {
      const { admin } = await context.observer()
      const ends = await context.until(
        async () => (await admin.offsets([{ topic, partition }])).find((item) => item.lastStable === item.logEnd),
        'lastStable reaches logEnd once every transaction has ended',
      )
      return ends.logEnd
    },
    async committed(group, partition) {
      const { admin } = await context.observer()
      const [answer] = await admin.committedOffsets(group, [partition], { requireStable: false })
      if (answer === undefined)
        throw new Error(`committedOffsets gave nothing for ${partitionKey(partition.topic, partition.partition)}`)
      return answer.offset
    },
    until: (condition, what) => until(clock, condition, what, timing.patience),
    quiet: () => pause(clock, timing.quiet),
    pause: (ms) => pause(clock, ms),
    async freeze(transport) {
      // A client that stays frozen could not close.
      cleanup.add('a frozen client', () => context.thaw(transport))
      if (faults.freeze !== undefined) await faults.freeze(transport)
      else clocks.get(transport)?.freeze()
    },
    async thaw(transport) {
      if (faults.thaw !== undefined) await faults.thaw(transport)
      else clocks.get(transport)?.thaw()
    },
  }
  return context
}
