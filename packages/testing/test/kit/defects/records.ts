import type { OutgoingRecord, Producer } from '@faust/core'
import { override } from '../run-kit.ts'
import type { TransportDefect } from '../transport-defects.ts'

function eachRecord(change: (record: OutgoingRecord) => OutgoingRecord): (producer: Producer) => Partial<Producer> {
  return (producer) => ({ send: (topic, partition, records) => producer.send(topic, partition, records.map(change)) })
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** What goes wrong with topics and records. */
export const RECORD_DEFECTS: readonly TransportDefect[] = [
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
