import { deleteRecordsApi } from '../../requests/delete-records.ts'
import type { DeletedRecords } from '../../requests/delete-records.ts'
import { EARLIEST, LATEST, listOffsetsApi } from '../../requests/list-offsets.ts'
import type { ListedOffset, ListOffsetsPartition } from '../../requests/list-offsets.ts'
import type { Isolation } from '../../requests/isolation.ts'
import { offsetForLeaderEpochApi } from '../../requests/offset-for-leader-epoch.ts'
import type { EpochEnd } from '../../requests/offset-for-leader-epoch.ts'
import type { AnyService, Shared } from './service.ts'
import { service } from './service.ts'

/** What is only compacted can't be trimmed. */
const POLICY_VIOLATION = 44

/** How far partitions and epochs reach, and trimming. */
export function boundsServices({ log, leadership }: Shared): readonly AnyService[] {
  const list = (asked: ListOffsetsPartition, isolation: Isolation, node: number): ListedOffset => {
    const { topic, partition, leaderEpoch, timestamp } = asked
    const nothing = { topic, partition, timestamp: -1, offset: -1, leaderEpoch: -1 }
    const error = leadership.refusal(asked, node, leaderEpoch)
    if (error !== 0) return { ...nothing, error }
    const { logStart, highWatermark, lastStable } = log.listOffsets([asked])[0]!
    if (timestamp === EARLIEST) {
      return { ...nothing, error, offset: logStart, leaderEpoch: leadership.epochAt(asked, logStart).epoch }
    }
    if (timestamp === LATEST) {
      const offset = isolation === 'read-committed' ? lastStable : highWatermark
      return { ...nothing, error, offset, leaderEpoch: leadership.of(asked)!.epoch }
    }
    const found = log.offsetForTime(asked, timestamp)
    if (found.offset < 0) return { ...nothing, error: found.error }
    return { ...nothing, ...found, leaderEpoch: leadership.epochAt(asked, found.offset).epoch }
  }
  return [
    service({
      api: listOffsetsApi,
      serve: ({ partitions, isolation }, { node }) => ({
        throttleTime: 0,
        partitions: partitions.map((asked) => list(asked, isolation, node)),
      }),
      refuse: ({ partitions }, error) => ({
        throttleTime: 0,
        partitions: partitions.map(({ topic, partition }) => {
          return { topic, partition, error, timestamp: -1, offset: -1, leaderEpoch: -1 }
        }),
      }),
      concerns: ({ partitions }) => partitions[0],
    }),
    service({
      api: offsetForLeaderEpochApi,
      serve: ({ partitions }, { node }) => ({
        throttleTime: 0,
        partitions: partitions.map((asked): EpochEnd => {
          const { topic, partition, currentLeaderEpoch, leaderEpoch } = asked
          const error = leadership.refusal(asked, node, currentLeaderEpoch)
          if (error !== 0) return { topic, partition, error, leaderEpoch: -1, endOffset: -1 }
          const [ends] = log.listOffsets([asked])
          const { epoch, end } = leadership.endOf(asked, leaderEpoch, ends!.highWatermark)
          return { topic, partition, error, leaderEpoch: epoch, endOffset: end }
        }),
      }),
      refuse: ({ partitions }, error) => ({
        throttleTime: 0,
        partitions: partitions.map(({ topic, partition }) => {
          return { topic, partition, error, leaderEpoch: -1, endOffset: -1 }
        }),
      }),
      concerns: ({ partitions }) => partitions[0],
    }),
    service({
      api: deleteRecordsApi,
      serve: ({ before }, { node }) => ({
        throttleTime: 0,
        partitions: before.map((asked): DeletedRecords => {
          const { topic, partition } = asked
          const policy = log.describeTopics([topic])[0]?.config['cleanup.policy']
          const error = leadership.refusal(asked, node, -1) || (policy === 'compact' ? POLICY_VIOLATION : 0)
          if (error !== 0) return { topic, partition, error, logStart: -1 }
          const [deleted] = log.deleteRecords([asked])
          return { topic, partition, error: deleted!.error, logStart: deleted!.error === 0 ? deleted!.logStart : -1 }
        }),
      }),
      refuse: ({ before }, error) => ({
        throttleTime: 0,
        partitions: before.map(({ topic, partition }) => ({ topic, partition, error, logStart: -1 })),
      }),
      concerns: ({ before }) => before[0],
    }),
  ]
}
