import { isFaustError } from '@faust/core'
import type { TransportDefect } from '../transport-defects.ts'

/** What goes wrong with reading. */
export const READING_DEFECTS: readonly TransportDefect[] = [
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
    what: 'gives another record to who asks for one than to who goes through all',
    noticedBy: /reader, reading begins at the offset/,
    reader: (reader) => ({
      poll: async (options) =>
        (await reader.poll(options)).map((batch) => {
          const all = [...batch.records]
          const records = { length: all.length, at: () => all[0], [Symbol.iterator]: () => all[Symbol.iterator]() }
          return { ...batch, records }
        }),
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
