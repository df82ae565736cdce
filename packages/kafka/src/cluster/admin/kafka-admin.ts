import { partitionKey } from '@faust/core'
import type {
  Admin,
  CommittedOffset,
  PartitionOffsets,
  TopicDeclaration,
  TopicDescription,
  TopicPartition,
  TopicPartitionOffset,
} from '@faust/core'
import { brokerFault } from '../../requests/broker-fault.ts'
import { deleteRecordsApi } from '../../requests/delete-records.ts'
import { KAFKA } from '../../requests/error-codes.ts'
import type { Isolation } from '../../requests/isolation.ts'
import { EARLIEST, LATEST, listOffsetsApi } from '../../requests/list-offsets.ts'
import type { ListOffsetsRequest } from '../../requests/list-offsets.ts'
import { offsetFetchApi } from '../../requests/offset-fetch.ts'
import type { Cluster, PartitionResult } from '../cluster.ts'
import { declareTopics } from './declare-topics.ts'
import { deleteTopics, describeTopics } from './topic-commands.ts'

/** Ms that a question may take with all its tries. */
const WITHIN = 30_000
/** Ms for which transactional offsets are waited for. */
const STABLE_WITHIN = 5_000

/** The admin of a Kafka transport, by requests alone. */
export class KafkaAdmin implements Admin {
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  declareTopics(
    topics: readonly TopicDeclaration[],
  ): Promise<readonly (TopicDescription & { readonly created: boolean })[]> {
    return declareTopics(this.#cluster, topics, WITHIN)
  }

  async describeTopics(names?: readonly string[]): Promise<readonly TopicDescription[]> {
    if (names?.length === 0) return []
    return [...(await describeTopics(this.#cluster, names ?? null, WITHIN)).values()]
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    return deleteTopics(this.#cluster, names, WITHIN)
  }

  async deleteRecords(before: readonly TopicPartitionOffset[]): Promise<readonly TopicPartitionOffset[]> {
    const furthest = new Map<string, TopicPartitionOffset>()
    for (const each of before) {
      const key = partitionKey(each.topic, each.partition)
      if (each.offset >= (furthest.get(key)?.offset ?? 0)) furthest.set(key, each)
    }
    const options = { what: 'Deleting records', within: WITHIN }
    const results = await this.#cluster.sendToLeaders(
      [...furthest.values()],
      deleteRecordsApi,
      (led) => ({ before: led, timeout: WITHIN }),
      options,
    )
    const starts = new Map(results.map((each) => [keyOf(each), checked(each).logStart]))
    return before.map(({ topic, partition }) => {
      return { topic, partition, offset: starts.get(partitionKey(topic, partition)) as number }
    })
  }

  async offsets(partitions: readonly TopicPartition[]): Promise<readonly PartitionOffsets[]> {
    const [starts, stable, ends] = await Promise.all([
      this.#listOffsets(partitions, EARLIEST, 'read-uncommitted'),
      this.#listOffsets(partitions, LATEST, 'read-committed'),
      this.#listOffsets(partitions, LATEST, 'read-uncommitted'),
    ])
    return partitions.map(({ topic, partition }, index) => {
      const logStart = starts[index] as number
      // Three answers of three moments: they must not contradict each other.
      const logEnd = Math.max(ends[index] as number, logStart)
      return { topic, partition, logStart, logEnd, lastStable: Math.min(stable[index] as number, logEnd) }
    })
  }

  async committedOffsets(
    group: string,
    partitions: readonly TopicPartition[],
    { requireStable }: { readonly requireStable: boolean },
  ): Promise<readonly CommittedOffset[]> {
    const unique = [...new Map(partitions.map((each) => [keyOf(each), each])).values()]
    const answer = await this.#cluster.sendToCoordinator(
      'group',
      group,
      offsetFetchApi,
      { group, partitions: unique, requireStable },
      {
        what: `Reading the offsets of group "${group}"`,
        within: requireStable ? STABLE_WITHIN : WITHIN,
        quick: [KAFKA.UNSTABLE_OFFSET_COMMIT],
        errorOf: (each) =>
          each.error || (each.partitions.find(({ error }) => error === KAFKA.UNSTABLE_OFFSET_COMMIT)?.error ?? 0),
      },
    )
    if (answer.error !== 0) throw brokerFault(answer.error, { subject: `Group "${group}"`, details: { group } })
    const found = new Map(answer.partitions.map((each) => [keyOf(each), checked(each)]))
    return partitions.map(({ topic, partition }) => {
      const { offset = -1, metadata = null, leaderEpoch = -1 } = found.get(partitionKey(topic, partition)) ?? {}
      return { topic, partition, offset: offset < 0 ? null : offset, metadata: metadata ?? '', leaderEpoch }
    })
  }

  async #listOffsets(
    partitions: readonly TopicPartition[],
    timestamp: number,
    isolation: Isolation,
  ): Promise<number[]> {
    const results = await this.#cluster.sendToLeaders(
      partitions,
      listOffsetsApi,
      (led): ListOffsetsRequest => ({ isolation, partitions: led.map((each) => ({ ...each, timestamp })) }),
      { what: 'Reading the bounds of partitions', within: WITHIN },
    )
    return results.map((each) => checked(each).offset)
  }
}

/** Throws for a partition's error. */
function checked<Result extends PartitionResult>(result: Result): Result {
  const { topic, partition, error } = result
  if (error === 0) return result
  throw brokerFault(error, { subject: `Partition ${partition} of topic "${topic}"`, details: { topic, partition } })
}

function keyOf({ topic, partition }: TopicPartition): string {
  return partitionKey(topic, partition)
}
