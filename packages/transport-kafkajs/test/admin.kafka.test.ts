import { failure } from '@faust-tools/test-support'
import { partitionKey } from '@faust/core'
import { KafkaAdmin, offsetCommitApi, produceApi } from '@faust/kafka'
import type { KafkaCluster } from '@faust/kafka'
import { beforeEach, describe, expect, inject, test } from 'vitest'
import { batchOf } from './support/batch-of.ts'
import { realCluster, unique } from './support/real-cluster.ts'

let cluster: KafkaCluster
let admin: KafkaAdmin

beforeEach(async () => {
  cluster = await realCluster({ brokers: inject('kafkaBrokers') })
  admin = new KafkaAdmin(cluster)
})

/** Appends batches of ten records. */
async function produce(topic: string, partition: number, batches: number): Promise<void> {
  for (let i = 0; i < batches; i++) {
    const answer = await cluster.sendToLeader(
      { topic, partition },
      produceApi,
      () => ({
        transactionalId: null,
        acks: -1,
        timeout: 5_000,
        partitions: [{ topic, partition, records: batchOf(10) }],
      }),
      { what: 'Producing', within: 60_000, lane: 'produce', errorOf: ({ partitions }) => partitions[0]?.error ?? 0 },
    )
    expect(answer.partitions[0]?.error).toBe(0)
  }
}

describe('topics', () => {
  test('are declared with what was wished for, and with the defaults of the broker', async () => {
    const [plain, made] = [unique('plain'), unique('made')]
    const answer = await admin.declareTopics([
      { name: made, partitions: 3, replicas: 1, config: { 'cleanup.policy': 'compact', 'retention.ms': '-1' } },
      { name: plain },
      { name: made, partitions: 7 },
    ])
    expect(answer.map(({ name, created, partitions }) => [name, created, partitions > 0])).toEqual([
      [made, true, true],
      [plain, true, true],
      [made, false, true],
    ])
    expect(answer[0]).toMatchObject({ partitions: 3, config: { 'cleanup.policy': 'compact', 'retention.ms': '-1' } })
    expect(answer[1]?.config['cleanup.policy']).toBe('delete')
    expect(answer[0]?.id).not.toBe('')

    const again = await admin.declareTopics([{ name: made, partitions: 9, config: { 'cleanup.policy': 'delete' } }])
    expect(again).toEqual([{ ...answer[0], created: false }])
  })

  test('declared topics can be written at once, also under many', async () => {
    const names = Array.from({ length: 20 }, () => unique('burst'))
    await admin.declareTopics(names.map((name) => ({ name, partitions: 2 })))
    await Promise.all(names.map((name) => produce(name, 1, 1)))
  })

  test('several that declare one topic at once agree', async () => {
    const name = unique('agreed')
    const answers = await Promise.all(Array.from({ length: 8 }, () => admin.declareTopics([{ name, partitions: 2 }])))
    expect(answers.filter(([topic]) => topic?.created)).toHaveLength(1)
    expect(new Set(answers.map(([topic]) => topic?.id)).size).toBe(1)
  })

  test('missing ones are left out, and never made by asking', async () => {
    const [name, missing] = [unique('there'), unique('missing')]
    await admin.declareTopics([{ name, partitions: 1 }])
    expect((await admin.describeTopics([missing, name])).map((topic) => topic.name)).toEqual([name])
    expect(await admin.describeTopics([])).toEqual([])
    const all = (await admin.describeTopics()).map((topic) => topic.name)
    expect(all).toContain(name)
    expect(all.some((each) => each.startsWith('__'))).toBe(false)
    await cluster.refresh([missing])
    expect(cluster.topic(missing)?.error).toBe(3)
    expect((await admin.describeTopics([missing])).length).toBe(0)
  })

  test('what can not be is refused with its reason', async () => {
    for (const name of ['', 'with spaces', '.', 'x'.repeat(250)]) {
      expect((await failure(admin.declareTopics([{ name, partitions: 1 }]))).code).toBe('FAUST_NAME_INVALID')
    }
    const replicas = await failure(admin.declareTopics([{ name: unique('many'), replicas: 30 }]))
    expect(replicas.code).toBe('FAUST_SETTING_INVALID')
    const config = await failure(admin.declareTopics([{ name: unique('odd'), config: { 'retention.ms': 'long' } }]))
    expect(config.code).toBe('FAUST_SETTING_INVALID')
    expect(config.message).toContain('retention.ms')
    const partitions = await failure(admin.declareTopics([{ name: unique('none'), partitions: 0 }]))
    expect(partitions.code).toBe('FAUST_SETTING_INVALID')
  })

  test('deleted ones are gone, missing ones no error and not waited for', async () => {
    const name = unique('gone')
    const [before] = await admin.declareTopics([{ name, partitions: 1 }])
    await produce(name, 0, 1)
    const began = performance.now()
    await admin.deleteTopics([name, unique('never')])
    await admin.deleteTopics([])
    expect(performance.now() - began).toBeLessThan(3_000)
    expect(await admin.describeTopics([name])).toEqual([])
    expect((await failure(admin.offsets([{ topic: name, partition: 0 }]))).code).toBe('FAUST_TOPIC_MISSING')
    const [after] = await admin.declareTopics([{ name, partitions: 1 }])
    expect(after).toMatchObject({ created: true, partitions: 1 })
    expect(after?.id).not.toBe(before?.id)
    expect((await admin.offsets([{ topic: name, partition: 0 }]))[0]?.logEnd).toBe(0)
  })

  test('a recreated topic is noticed by whoever tracks it', async () => {
    const name = unique('again')
    await admin.declareTopics([{ name, partitions: 1 }])
    const untrack = cluster.track([name])
    const seen: string[] = []
    const stop = cluster.onChange((topics) => {
      for (const topic of topics) if (topic.name === name && topic.id !== '') seen.push(topic.id)
    })
    await cluster.refresh([name])
    const first = cluster.topic(name)?.id
    await admin.deleteTopics([name])
    await admin.declareTopics([{ name, partitions: 2 }])
    await cluster.refresh([name])
    expect(cluster.topic(name)?.id).not.toBe(first)
    expect(cluster.topic(name)?.partitions).toHaveLength(2)
    expect(seen.at(-1)).toBe(cluster.topic(name)?.id)
    stop()
    untrack()
  })
})

describe('offsets', () => {
  test('are told in the order asked', async () => {
    const name = unique('bounds')
    await admin.declareTopics([{ name, partitions: 3 }])
    await produce(name, 1, 2)
    const asked = [2, 1, 0, 1].map((partition) => ({ topic: name, partition }))
    const told = await admin.offsets(asked)
    expect(
      told.map(({ partition, logStart, logEnd, lastStable }) => [partition, logStart, logEnd, lastStable]),
    ).toEqual([
      [2, 0, 0, 0],
      [1, 0, 20, 20],
      [0, 0, 0, 0],
      [1, 0, 20, 20],
    ])
    expect(await admin.offsets([])).toEqual([])
  })

  test('of what is missing: the topic or the partition is named', async () => {
    const name = unique('few')
    await admin.declareTopics([{ name, partitions: 1 }])
    const partition = await failure(admin.offsets([{ topic: name, partition: 1 }]))
    expect(partition.code).toBe('FAUST_PARTITION_UNKNOWN')
    const topic = await failure(admin.offsets([{ topic: unique('none'), partition: 0 }]))
    expect(topic.code).toBe('FAUST_TOPIC_MISSING')
  })

  test('move up when records are deleted, never down', async () => {
    const name = unique('trimmed')
    await admin.declareTopics([{ name, partitions: 2 }])
    await produce(name, 0, 3)
    const at = (partition: number, offset: number) => ({ topic: name, partition, offset })
    expect(await admin.deleteRecords([at(0, 12), at(1, 0), at(0, 4)])).toEqual([at(0, 12), at(1, 0), at(0, 12)])
    expect(await admin.deleteRecords([at(0, 5)])).toEqual([at(0, 12)])
    const beyond = await failure(admin.deleteRecords([at(0, 31)]))
    expect(beyond.code).toBe('FAUST_OFFSET_OUT_OF_RANGE')
    const compact = unique('compact')
    await admin.declareTopics([{ name: compact, partitions: 1, config: { 'cleanup.policy': 'compact' } }])
    await produce(compact, 0, 1)
    expect((await failure(admin.deleteRecords([{ topic: compact, partition: 0, offset: 1 }]))).code).toBe(
      'FAUST_SETTING_INVALID',
    )
  })

  test('committed ones: nothing, then what was committed', async () => {
    const [group, name] = [unique('group'), unique('read')]
    await admin.declareTopics([{ name, partitions: 2 }])
    const asked = [1, 0].map((partition) => ({ topic: name, partition }))
    const nothing = await admin.committedOffsets(group, asked, { requireStable: true })
    expect(nothing).toEqual(asked.map((each) => ({ ...each, offset: null, metadata: '', leaderEpoch: -1 })))
    const offsets = [{ topic: name, partition: 1, offset: 7, leaderEpoch: 3, metadata: 'note' }]
    const commit = { group, generation: -1, memberId: '', instanceId: null, offsets }
    await cluster.sendToCoordinator('group', group, offsetCommitApi, commit, {
      what: 'Committing',
      within: 60_000,
      errorOf: ({ partitions }) => partitions.find(({ error }) => error !== 0)?.error ?? 0,
    })
    const some = await admin.committedOffsets(group, asked, { requireStable: false })
    expect(some.map((each) => [partitionKey(each.topic, each.partition), each.offset, each.metadata])).toEqual([
      [`${name} 1`, 7, 'note'],
      [`${name} 0`, null, ''],
    ])
  })
})
