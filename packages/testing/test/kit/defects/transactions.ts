import { FaustError, isFaustError } from '@faust/core'
import { override } from '../run-kit.ts'
import type { TransportDefect } from '../transport-defects.ts'

/** What goes wrong with transactions. */
export const TRANSACTION_DEFECTS: readonly TransportDefect[] = [
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
