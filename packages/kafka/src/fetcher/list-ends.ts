import type { TopicPartition } from '@faust/core'
import type { Cluster } from '../cluster/cluster.ts'
import { brokerFault } from '../requests/broker-fault.ts'
import { EARLIEST, LATEST, listOffsetsApi } from '../requests/list-offsets.ts'
import type { ListOffsetsRequest } from '../requests/list-offsets.ts'
import type { LogRange } from './faults.ts'

/** How long the leaders may take, and who asks. */
export interface ListEndsOptions {
  readonly what: string
  readonly within: number
  readonly signal: AbortSignal
}

/**
 * Log start and high watermark of partitions, in their order. Read-uncommitted, whatever the reader's isolation: a restore
 * that ended at the last stable offset would leave out what commits later (KAFKA-10167).
 */
export async function listEnds(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  options: ListEndsOptions,
): Promise<readonly LogRange[]> {
  const list = async (timestamp: number): Promise<number[]> => {
    const results = await cluster.sendToLeaders(
      partitions,
      listOffsetsApi,
      (led): ListOffsetsRequest => ({
        isolation: 'read-uncommitted',
        partitions: led.map(({ topic, partition, leaderEpoch }) => ({ topic, partition, leaderEpoch, timestamp })),
      }),
      options,
    )
    return results.map(({ topic, partition, error, offset }) => {
      if (error === 0) return offset
      const subject = `Partition ${partition} of topic "${topic}"`
      throw brokerFault(error, { subject, details: { topic, partition } })
    })
  }
  const [starts, ends] = await Promise.all([list(EARLIEST), list(LATEST)])
  return starts.map((logStart, index) => ({ logStart, logEnd: ends[index] as number }))
}
