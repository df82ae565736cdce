import type { TopicPartition } from '@faust/core'
import { defineApi, type Api } from './api.ts'
import { groupByTopic, readTopics, writeTopics } from './by-topic.ts'
import type { PartitionErrors } from './partition-error.ts'

export interface AddPartitionsToTxnRequest {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  /** New ones; has to be answered before the first Produce to any of them. */
  readonly partitions: readonly TopicPartition[]
}

/**
 * Version 2: answers 90. Errors of a partition: 55 (another one was refused, this one not tried); to be repeated: 3, 14, 15, 16, 51;
 * fenced: 47, 90; refused: 29, 48, 49, 53.
 */
export const addPartitionsToTxnApi: Api<AddPartitionsToTxnRequest, PartitionErrors> = defineApi({
  name: 'AddPartitionsToTxn',
  key: 24,
  version: 2,
  flexible: false,

  writeRequest(to, { transactionalId, producerId, producerEpoch, partitions }) {
    to.string(transactionalId)
    to.bigint64(producerId)
    to.int16(producerEpoch)
    writeTopics(to, groupByTopic(partitions), ({ partition }) => to.int32(partition))
  },

  readRequest: (from) => ({
    transactionalId: from.string(),
    producerId: from.bigint64(),
    producerEpoch: from.int16(),
    partitions: readTopics(from, (topic) => ({ topic, partition: from.int32() })),
  }),

  writeResponse(to, { throttleTime, partitions }) {
    to.int32(throttleTime)
    writeTopics(to, groupByTopic(partitions), ({ partition, error }) => {
      to.int32(partition)
      to.int16(error)
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    partitions: readTopics(from, (topic) => ({ topic, partition: from.int32(), error: from.int16() })),
  }),
})
