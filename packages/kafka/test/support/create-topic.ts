import { until } from '@faust-tools/services'
import { createTopicsApi } from '../../src/cluster/admin/create-topics.ts'
import { LATEST, listOffsetsApi } from '../../src/index.ts'
import { RawConnection } from './raw-connection.ts'

/** Creates a topic that can be used at once. */
export async function createTopic(
  broker: string,
  name: string,
  partitions: number,
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  await using connection = await RawConnection.open(broker)
  const request = { topics: [{ name, partitions, replicas: -1, config }], timeout: 60_000 }
  const { topics } = await connection.send(createTopicsApi, request)
  if (topics[0]!.error !== 0) throw new Error(`${name} was not created: ${topics[0]!.message}`)
  await untilEmpty(connection, name, partitions)
}

/** Until the broker leads the partitions of a new topic, which it does a moment after it tells of them. */
export async function untilEmpty(connection: RawConnection, topic: string, count = 1): Promise<void> {
  const asked = Array.from({ length: count }, (_, partition) => ({
    topic,
    partition,
    leaderEpoch: -1,
    timestamp: LATEST,
  }))
  await until(`${topic} to be led`, 60_000, async () => {
    const { partitions } = await connection.send(listOffsetsApi, { isolation: 'read-committed', partitions: asked })
    return partitions.every(({ error, offset }) => error === 0 && offset === 0)
  })
}
