import type {
  Admin,
  GroupConsumer,
  GroupConsumerOptions,
  OutgoingRecord,
  Producer,
  Reader,
  Transport,
} from '@faust/core'
import { FaustError, isFaustError } from '@faust/core'
import { override } from './run-kit.ts'

/** A transport that breaks one promise. */
export interface TransportDefect {
  readonly what: string
  /** Which of the kit's cases must notice. */
  readonly noticedBy: RegExp
  readonly transport?: (transport: Transport) => Partial<Transport>
  readonly admin?: (admin: Admin) => Partial<Admin>
  readonly producer?: (producer: Producer) => Partial<Producer>
  readonly consumer?: (consumer: GroupConsumer) => Partial<GroupConsumer>
  readonly reader?: (reader: Reader) => Partial<Reader>
  /** Changes how a consumer is made. */
  readonly joining?: (options: GroupConsumerOptions) => GroupConsumerOptions
}

/** Wraps a correct transport with a defect. */
export function defective(transport: Transport, defect: TransportDefect): Transport {
  const wrap = <T extends object>(target: T, members: ((target: T) => Partial<T>) | undefined): T =>
    override(target, members?.(target) ?? {})
  const members: Partial<Transport> = {
    producer: (options) => wrap(transport.producer(options), defect.producer),
    groupConsumer: (options) => wrap(transport.groupConsumer(defect.joining?.(options) ?? options), defect.consumer),
    reader: (options) => wrap(transport.reader(options), defect.reader),
    ...defect.transport?.(transport),
  }
  Object.defineProperty(members, 'admin', { get: () => wrap(transport.admin, defect.admin) })
  return override(transport, members)
}

function eachRecord(change: (record: OutgoingRecord) => OutgoingRecord): (producer: Producer) => Partial<Producer> {
  return (producer) => ({ send: (topic, partition, records) => producer.send(topic, partition, records.map(change)) })
}

function changedHooks(change: (hooks: GroupConsumerOptions['hooks']) => Partial<GroupConsumerOptions['hooks']>) {
  return (options: GroupConsumerOptions): GroupConsumerOptions => ({
    ...options,
    hooks: { ...options.hooks, ...change(options.hooks) },
  })
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** What goes wrong with topics and records. */
const RECORDS: readonly TransportDefect[] = [
  {
    what: 'loses the last record of a batch',
    noticedBy: /produce, offsets follow each other/,
    producer: (producer) => ({
      send: (topic, partition, records) =>
        producer.send(topic, partition, records.length > 1 ? records.slice(0, -1) : records),
    }),
  },
  {
    what: 'writes a record twice',
    noticedBy: /produce, keys and values of all kinds/,
    producer: (producer) => ({
      send: (topic, partition, records) => producer.send(topic, partition, [...records, ...records.slice(-1)]),
    }),
  },
  {
    what: 'reorders sends that nobody awaits',
    noticedBy: /two hundred sends that nobody awaits/,
    producer: (producer) => {
      let count = 0
      return {
        async send(...args) {
          if (count++ % 2 === 0) await turn()
          return producer.send(...args)
        },
      }
    },
  },
  {
    what: 'takes an empty key for none',
    noticedBy: /produce, keys and values/,
    producer: eachRecord((item) => ({ ...item, key: item.key?.length === 0 ? null : item.key })),
  },
  {
    what: 'drops repeated headers',
    noticedBy: /produce, headers keep their order/,
    producer: eachRecord((item) => ({ ...item, headers: [...new Map(item.headers ?? [])] })),
  },
  {
    what: 'stamps every record itself',
    noticedBy: /produce, timestamps from 0/,
    producer: eachRecord((item) => ({ ...item, timestamp: 1 })),
  },
  {
    what: 'creates topics on the quiet',
    noticedBy: /a missing topic is an error and is not created/,
    transport: (transport) => ({
      producer: (options) => {
        const producer = transport.producer(options)
        return override(producer, {
          async send(topic, ...args) {
            await transport.admin.declareTopics([{ name: topic }])
            return producer.send(topic, ...args)
          },
        })
      },
    }),
  },
  {
    what: 'answers declarations in an order of its own',
    noticedBy: /topics, missing ones are created/,
    admin: (admin) => ({
      declareTopics: async (topics) =>
        (await admin.declareTopics(topics)).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    }),
  },
  {
    what: 'gives a topic made again its old id',
    noticedBy: /topics, one made again under its name/,
    admin: (admin) => ({
      declareTopics: async (topics) =>
        (await admin.declareTopics(topics)).map((topic) => ({ ...topic, id: topic.name })),
      describeTopics: async (names) =>
        (await admin.describeTopics(names)).map((topic) => ({ ...topic, id: topic.name })),
    }),
  },
  {
    what: 'gives the last stable offset for the log end',
    noticedBy: /the last stable offset waits/,
    admin: (admin) => ({
      offsets: async (partitions) =>
        (await admin.offsets(partitions)).map((item) => ({ ...item, logEnd: item.lastStable })),
    }),
  },
  {
    what: 'closes never',
    noticedBy: /produce failures, close waits/,
    producer: () => ({ close: () => new Promise(() => undefined) }),
  },
]

/** What goes wrong with reading. */
const READING: readonly TransportDefect[] = [
  {
    what: 'lets aborted records through',
    noticedBy: /aborts, transactions of two producers that nest/,
    transport: (transport) => ({ reader: () => transport.reader({ isolation: 'read-uncommitted' }) }),
  },
  {
    what: 'tells no moves without records',
    noticedBy: /aborts, an aborted tail is passed/,
    reader: (reader) => ({
      poll: async (options) => (await reader.poll(options)).filter((batch) => batch.records.length > 0),
    }),
  },
  {
    what: 'goes on at the last record and not behind it',
    noticedBy: /reader, reading begins at the offset/,
    reader: (reader) => ({
      poll: async (options) =>
        (await reader.poll(options)).map((batch) => ({ ...batch, nextOffset: batch.nextOffset - 1 })),
    }),
  },
  {
    what: 'jumps to the start when out of range',
    noticedBy: /reader errors, beyond the log end/,
    reader: (reader) => ({
      async poll(options) {
        try {
          return await reader.poll(options)
        } catch (error) {
          if (!isFaustError(error, 'FAUST_OFFSET_OUT_OF_RANGE')) throw error
          const { topic, partition } = error.details as { topic: string; partition: number }
          await reader.assign([{ topic, partition, offset: 0 }])
          return reader.poll(options)
        }
      },
    }),
  },
  {
    what: 'ignores pauses',
    noticedBy: /reader steering, a paused partition gives nothing/,
    reader: () => ({ pause: () => undefined }),
  },
  {
    what: 'ignores unassign',
    noticedBy: /reader steering, an unassigned partition delivers nothing/,
    reader: () => ({ unassign: () => undefined }),
  },
  {
    what: 'ignores signals',
    noticedBy: /reader, a signal ends the wait/,
    reader: (reader) => ({ poll: (options) => reader.poll({ ...options, signal: undefined }) }),
  },
  {
    what: 'ignores maxRecords',
    noticedBy: /reader, maxRecords bounds an answer/,
    reader: (reader) => ({ poll: (options) => reader.poll({ ...options, maxRecords: undefined }) }),
  },
  {
    what: 'spins: every answer is empty and comes at once',
    noticedBy: /reader, reading begins at the offset/,
    reader: () => ({ poll: () => Promise.resolve([]) }),
  },
]

/** What goes wrong with groups. */
const GROUPS: readonly TransportDefect[] = [
  {
    what: 'delivers before seek',
    noticedBy: /member, nothing is delivered before seek/,
    transport: (transport) => ({
      groupConsumer(options) {
        const consumer = transport.groupConsumer(
          changedHooks((hooks) => ({
            async onAssigned(partitions, membership) {
              for (const partition of partitions) consumer.seek(partition, 0)
              await hooks.onAssigned(partitions, membership)
            },
          }))(options),
        )
        return consumer
      },
    }),
  },
  {
    what: 'forgets the metadata of a commit',
    noticedBy: /member, commits are read back/,
    consumer: (consumer) => ({
      commit: (offsets) => consumer.commit(offsets.map((item) => ({ ...item, metadata: '' }))),
    }),
  },
  {
    what: 'does not await onRevoked',
    noticedBy: /a partition is given away only when onRevoked/,
    joining: changedHooks((hooks) => ({
      onRevoked: (partitions) => {
        void hooks.onRevoked(partitions)
        return Promise.resolve()
      },
    })),
  },
  {
    what: 'revokes what it keeps',
    noticedBy: /cooperation, only what moves is revoked/,
    joining: (options) => ({ ...options, protocol: 'eager' }),
  },
  {
    what: 'calls revoked what was lost',
    noticedBy: /session expiry, it learns of the loss/,
    joining: changedHooks((hooks) => ({ onLost: (partitions) => hooks.onRevoked(partitions) })),
  },
  {
    what: 'hides that a commit was refused',
    noticedBy: /session expiry, its late commit is refused/,
    consumer: (consumer) => ({ commit: (offsets) => consumer.commit(offsets).catch(() => undefined) }),
  },
  {
    what: 'leaves without telling',
    noticedBy: /eager rebalance, two members share/,
    consumer: (consumer) => ({ close: () => consumer.close({ leave: false }) }),
  },
  {
    what: 'has no static identity',
    noticedBy: /static membership, a restart within the session/,
    joining: (options) => ({ ...options, instanceId: undefined }),
  },
  {
    what: 'ignores rejoin',
    noticedBy: /eager rebalance, rejoin brings/,
    consumer: () => ({ rejoin: () => undefined }),
  },
  {
    what: 'hands no user data to the leader',
    noticedBy: /eager rebalance, user data travels/,
    joining: (options) => ({
      ...options,
      assignor: override(options.assignor, {
        assign: (group) =>
          options.assignor.assign({
            ...group,
            members: group.members.map((member) => ({
              ...member,
              userData: new TextEncoder().encode('{"owned":[],"generation":-1,"note":""}'),
            })),
          }),
      }),
    }),
  },
]

/** What goes wrong with transactions. */
const TRANSACTIONS: readonly TransportDefect[] = [
  {
    what: 'commits on abort',
    noticedBy: /aborts, aborted records are invisible/,
    producer: (producer) => ({ abortTransaction: () => producer.commitTransaction() }),
  },
  {
    what: 'writes outside of its transaction',
    noticedBy: /transactions, records become visible with the commit/,
    transport: (transport) => ({
      producer(options) {
        const [producer, plain] = [transport.producer(options), transport.producer()]
        return override(producer, {
          init: async () => void (await Promise.all([producer.init(), plain.init()])),
          send: (...args) => plain.send(...args),
        })
      },
    }),
  },
  {
    what: 'does not fence',
    noticedBy: /a second init of an id fences/,
    transport: (transport) => ({
      producer: (options) =>
        transport.producer({ ...options, transactionalId: `${options?.transactionalId} ${Math.random()}` }),
    }),
  },
  {
    what: 'forgets offsets in transactions',
    noticedBy: /transaction offsets, they are committed with it/,
    producer: () => ({ sendOffsets: () => Promise.resolve() }),
  },
  {
    what: 'stores one of several calls of sendOffsets',
    noticedBy: /transaction offsets, several calls at once/,
    producer: (producer) => {
      let busy: Promise<void> | undefined
      return {
        sendOffsets(...args) {
          busy ??= producer.sendOffsets(...args).finally(() => (busy = undefined))
          return busy
        },
      }
    },
  },
  {
    what: 'asks nobody whether a member is still one',
    noticedBy: /transaction offsets, a stale generation and a stranger/,
    producer: (producer) => ({
      sendOffsets: (...args) =>
        producer.sendOffsets(...args).catch((error: unknown) => {
          if (!isFaustError(error, 'FAUST_GENERATION_STALE') && !isFaustError(error, 'FAUST_MEMBER_UNKNOWN'))
            throw error
        }),
    }),
  },
  {
    what: 'ignores require-stable',
    noticedBy: /zombies, the new owner waits/,
    admin: (admin) => ({
      committedOffsets: (group, partitions) => admin.committedOffsets(group, partitions, { requireStable: false }),
    }),
  },
  {
    what: 'leaves transactions open when it is closed',
    noticedBy: /transaction states, close aborts an open transaction/,
    producer: () => ({ close: () => Promise.resolve() }),
  },
  {
    what: 'commits what was half refused',
    noticedBy: /a send that was refused lets no commit pass/,
    producer: (producer) => ({
      send: (topic, partition, records) =>
        records.some((item) => (item.value?.length ?? 0) > 1_000_000)
          ? Promise.reject(new FaustError('FAUST_RECORD_TOO_LARGE', 'This record is too large'))
          : producer.send(topic, partition, records),
    }),
  },
]

export const TRANSPORT_DEFECTS: readonly TransportDefect[] = [...RECORDS, ...READING, ...GROUPS, ...TRANSACTIONS]
