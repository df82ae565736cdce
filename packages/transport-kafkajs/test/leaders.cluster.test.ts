import { OLDER_KAFKA_VERSION, startKafka } from '@faust-tools/services'
import { KafkaAdmin } from '@faust/kafka'
import { expect, onTestFinished, test } from 'vitest'
import { realCluster } from './support/real-cluster.ts'

test('leaders and coordinators that move are followed', async () => {
  const kafka = await startKafka({ nodes: 3 })
  onTestFinished(() => kafka.stop())
  const cluster = await realCluster({ brokers: kafka.brokers })
  const admin = new KafkaAdmin(cluster)
  await admin.declareTopics([{ name: 'moving', partitions: 6, replicas: 3 }])
  const partitions = Array.from({ length: 6 }, (_, partition) => ({ topic: 'moving', partition }))
  const leaders = () => partitions.map((each) => cluster.leader(each)?.node)
  expect(await admin.offsets(partitions)).toHaveLength(6)
  expect(new Set(leaders()).size).toBe(3)
  expect(await admin.committedOffsets('group', partitions, { requireStable: true })).toHaveLength(6)

  const untrack = cluster.track(['moving'])
  const coordinator = await cluster.coordinator('group', 'group', { within: 60_000 })
  await kafka.node(coordinator).stop()
  expect(await admin.offsets(partitions)).toHaveLength(6)
  expect(leaders()).not.toContain(coordinator)
  expect(await admin.committedOffsets('group', partitions, { requireStable: true })).toHaveLength(6)
  expect(await cluster.coordinator('group', 'group', { within: 60_000 })).not.toBe(coordinator)
  expect(cluster.topic('moving')?.partitions.every(({ leaderEpoch }) => leaderEpoch >= 0)).toBe(true)

  // One partition without a leader harms no other topic: neither its declaration nor its description.
  const [lonely] = await admin.declareTopics([{ name: 'lonely', partitions: 6, replicas: 1 }])
  expect(lonely?.created).toBe(true)
  const gone = cluster.topic('lonely') ?? (await cluster.describe(['lonely'], { within: 60_000 })).get('lonely')
  const victim = gone!.partitions.map(({ leader }) => leader).find((node) => node !== coordinator) as number
  await kafka.node(coordinator).restart()
  await kafka.node(victim).stop()
  const alive = gone!.partitions
    .filter(({ leader }) => leader !== victim)
    .map(({ partition }) => ({ topic: 'lonely', partition }))
  expect(await admin.offsets(alive)).toHaveLength(alive.length)
  const [made] = await admin.declareTopics([{ name: 'beside', partitions: 2, replicas: 1 }])
  expect(made?.created).toBe(true)
  expect((await admin.describeTopics()).map(({ name }) => name).toSorted()).toEqual(['beside', 'lonely', 'moving'])
  untrack()
})

test('Kafka 3.9 speaks all of it', async () => {
  const kafka = await startKafka({ version: OLDER_KAFKA_VERSION })
  onTestFinished(() => kafka.stop())
  const cluster = await realCluster({ brokers: kafka.brokers })
  const admin = new KafkaAdmin(cluster)
  const [topic] = await admin.declareTopics([{ name: 'older', partitions: 2, config: { 'retention.ms': '1000000' } }])
  expect(topic).toMatchObject({ created: true, partitions: 2, config: { 'retention.ms': '1000000' } })
  const partitions = [0, 1].map((partition) => ({ topic: 'older', partition }))
  expect((await admin.offsets(partitions)).map(({ logEnd }) => logEnd)).toEqual([0, 0])
  expect(await admin.deleteRecords([{ ...partitions[0]!, offset: 0 }])).toEqual([{ ...partitions[0]!, offset: 0 }])
  const [committed] = await admin.committedOffsets('group', partitions, { requireStable: true })
  expect(committed?.offset).toBeNull()
  await admin.deleteTopics(['older', 'missing'])
  expect(await admin.describeTopics(['older'])).toEqual([])
})
