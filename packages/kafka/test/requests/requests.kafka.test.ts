import { randomUUID } from 'node:crypto'
import { until } from '@faust-tools/services'
import { expect, inject, test } from 'vitest'
import {
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  decodeAssignment,
  decodeSubscription,
  deleteRecordsApi,
  EARLIEST,
  encodeAssignment,
  encodeSubscription,
  endTxnApi,
  fetchApi,
  findCoordinatorApi,
  heartbeatApi,
  initProducerIdApi,
  joinGroupApi,
  kafkaError,
  LATEST,
  leaveGroupApi,
  listOffsetsApi,
  metadataApi,
  offsetCommitApi,
  offsetFetchApi,
  offsetForLeaderEpochApi,
  produceApi,
  syncGroupApi,
  txnOffsetCommitApi,
  type Api,
  type FetchRequest,
  type InitProducerIdResponse,
  type ProduceResponse,
} from '../../src/index.ts'
import { batch, readAll, record, shown, type Stamped } from '../support/batches.ts'
import { bytes, text } from '../support/bytes.ts'
import { fetchAll } from '../support/fetch.ts'
import { createTopic, untilEmpty } from '../support/create-topic.ts'
import { RawConnection } from '../support/raw-connection.ts'

const broker = inject('kafkaBrokers')[0]!
const unique = (what: string): string => `requests-${what}-${randomUUID().slice(0, 8)}`

/** A new member is told its id by an error. */
const MEMBER_ID_REQUIRED = 79

/** Repeats while the broker says that it is only a matter of time. */
async function settled<Request, Response extends { readonly error: number }>(
  connection: RawConnection,
  api: Api<Request, Response>,
  request: Request,
): Promise<Response> {
  for (let tries = 0; ; tries++) {
    const response = await connection.send(api, request)
    const isLast = !kafkaError(response.error).retriable || response.error === MEMBER_ID_REQUIRED || tries === 3000
    if (response.error === 0 || isLast) return response
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A topic of one partition, made by asking for it. */
async function newTopic(connection: RawConnection, what: string): Promise<string> {
  const topic = unique(what)
  await until(`${topic} to be there`, 60_000, async () => {
    const { topics } = await connection.send(metadataApi, { topics: [topic], autoCreate: true })
    return topics[0]!.error === 0
  })
  await untilEmpty(connection, topic)
  return topic
}

function produce(
  connection: RawConnection,
  topic: string,
  records: readonly Stamped[],
  seal: Parameters<typeof batch>[1] = {},
  transactionalId: string | null = null,
): Promise<ProduceResponse> {
  const partitions = [{ topic, partition: 0, records: batch(records, seal) }]
  return connection.send(produceApi, { transactionalId, acks: -1, timeout: 10_000, partitions })
}

const three = [record('a', '1', 1000), record('b', '2', 2000), record('c', '3', 3000)]

const fetching = (topic: string, offset: number, session: Partial<FetchRequest> = {}): FetchRequest => ({
  maxWait: 50,
  minBytes: 1,
  maxBytes: 1 << 20,
  isolation: 'read-committed',
  sessionId: 0,
  sessionEpoch: -1,
  partitions: [{ topic, partition: 0, leaderEpoch: 0, offset, maxBytes: 1 << 20 }],
  forgotten: [],
  rack: '',
  ...session,
})

test('Metadata: brokers, ids and leaders, also of a topic that is not there', async () => {
  await using connection = await RawConnection.open(broker)
  const topic = await newTopic(connection, 'metadata')
  const { brokers, clusterId, topics } = await connection.send(metadataApi, {
    topics: [topic, unique('missing'), 'not a name'],
    autoCreate: false,
  })
  expect(brokers.map(({ host, port }) => `${host}:${port}`)).toContain(broker)
  expect(clusterId).toMatch(/./)
  const [found, missing, invalid] = [topic, 'missing', 'not a name'].map((name) =>
    topics.find((one) => one.name.includes(name)),
  )
  expect(found).toMatchObject({ error: 0, internal: false, id: expect.stringMatching(/^[\w-]{22}$/) as string })
  expect(found!.partitions).toMatchObject([{ error: 0, partition: 0, leaderEpoch: 0, replicas: [0], inSync: [0] }])
  expect(missing).toMatchObject({ error: 3, id: '', partitions: [] })
  expect(invalid).toMatchObject({ error: 17 })
  const all = await connection.send(metadataApi, { topics: null, autoCreate: false })
  expect(all.topics.map(({ name }) => name)).toContain(topic)
})

test('Produce, ListOffsets, Fetch, OffsetForLeaderEpoch and DeleteRecords', async () => {
  await using connection = await RawConnection.open(broker)
  const topic = await newTopic(connection, 'records')
  expect((await produce(connection, topic, three)).partitions).toEqual([
    {
      topic,
      partition: 0,
      error: 0,
      baseOffset: 0,
      logAppendTime: -1,
      logStart: 0,
      recordErrors: [],
      message: null,
    },
  ])
  expect((await produce(connection, topic, [record('d', '4', 4000)])).partitions[0]!.baseOffset).toBe(3)

  const ask = async (timestamp: number): Promise<unknown> => {
    const partitions = [{ topic, partition: 0, leaderEpoch: -1, timestamp }]
    const answer = await connection.send(listOffsetsApi, { isolation: 'read-committed', partitions })
    const { error, offset, timestamp: found, leaderEpoch } = answer.partitions[0]!
    return { error, offset, found, leaderEpoch }
  }
  expect(await ask(LATEST)).toEqual({ error: 0, offset: 4, found: -1, leaderEpoch: 0 })
  expect(await ask(EARLIEST)).toEqual({ error: 0, offset: 0, found: -1, leaderEpoch: 0 })
  expect(await ask(1500)).toEqual({ error: 0, offset: 1, found: 2000, leaderEpoch: 0 })
  expect(await ask(9000)).toEqual({ error: 0, offset: -1, found: -1, leaderEpoch: -1 })

  const epochs = (leaderEpoch: number, currentLeaderEpoch = 0): Promise<unknown> =>
    connection
      .send(offsetForLeaderEpochApi, { partitions: [{ topic, partition: 0, currentLeaderEpoch, leaderEpoch }] })
      .then(({ partitions }) => partitions)
  expect(await epochs(0)).toEqual([{ topic, partition: 0, error: 0, leaderEpoch: 0, endOffset: 4 }])
  expect(await epochs(5)).toMatchObject([{ error: 0, leaderEpoch: -1, endOffset: -1 }])
  expect(await epochs(0, 7)).toMatchObject([{ error: 75 }])

  const deleted = await connection.send(deleteRecordsApi, {
    before: [{ topic, partition: 0, offset: 2 }],
    timeout: 10_000,
  })
  expect(deleted.partitions).toEqual([{ topic, partition: 0, logStart: 2, error: 0 }])
  const beyond = await connection.send(deleteRecordsApi, {
    before: [{ topic, partition: 0, offset: 99 }],
    timeout: 10_000,
  })
  expect(beyond.partitions).toMatchObject([{ error: 1, logStart: -1 }])

  const { partitions } = await connection.send(fetchApi, fetching(topic, 2))
  expect(partitions[0]).toMatchObject({ error: 0, highWatermark: 4, lastStable: 4, logStart: 2, preferredReplica: -1 })
  const { aborted, records } = partitions[0]!
  expect(shown(readAll(records!, { position: 2, aborted: aborted ?? [] }).records)).toEqual(['2:c=3', '3:d=4'])
  expect((await connection.send(fetchApi, fetching(topic, 0))).partitions[0]).toMatchObject({ error: 1 })
})

test('Produce: a record that is refused is named', async () => {
  await using connection = await RawConnection.open(broker)
  const topic = unique('compacted')
  await createTopic(broker, topic, 1, { 'cleanup.policy': 'compact' })
  const { partitions } = await produce(connection, topic, [record('a', '1'), record(null, '2')])
  expect(partitions).toMatchObject([{ error: 87, recordErrors: [{ index: 1 }] }])
  expect(partitions[0]!.recordErrors[0]!.message).toMatch(/key/)
})

test('Fetch: a session tells only what is new, and its epochs count', async () => {
  await using connection = await RawConnection.open(broker)
  const topic = await newTopic(connection, 'session')
  const first = await connection.send(fetchApi, fetching(topic, 0, { sessionEpoch: 0 }))
  expect(first).toMatchObject({ error: 0, partitions: [{ topic, highWatermark: 0 }] })
  expect(first.sessionId).toBeGreaterThan(0)
  const next = { sessionId: first.sessionId, partitions: [] }
  expect((await connection.send(fetchApi, fetching(topic, 0, { ...next, sessionEpoch: 1 }))).partitions).toEqual([])
  await produce(connection, topic, three)
  const news = await connection.send(fetchApi, fetching(topic, 0, { ...next, sessionEpoch: 2 }))
  expect(news.partitions).toMatchObject([{ topic, highWatermark: 3 }])
  expect((await connection.send(fetchApi, fetching(topic, 0, { ...next, sessionEpoch: 2 }))).error).toBe(71)
  const forgotten = [{ topic, partition: 0 }]
  const gone = await connection.send(fetchApi, fetching(topic, 0, { ...next, forgotten, sessionEpoch: 3 }))
  expect(gone).toMatchObject({ error: 0, partitions: [] })
  const unknown = { ...next, sessionId: first.sessionId + 1, sessionEpoch: 1 }
  expect((await connection.send(fetchApi, fetching(topic, 0, unknown))).error).toBe(70)
})

test('a group: coordinator, join, sync, heartbeat, commit, fetch, leave', async () => {
  await using connection = await RawConnection.open(broker)
  const topic = await newTopic(connection, 'group')
  const group = unique('group')
  const coordinator = await settled(connection, findCoordinatorApi, { key: group, kind: 'group' })
  expect(coordinator).toMatchObject({ error: 0, node: 0 })
  expect(`${coordinator.host}:${coordinator.port}`).toBe(broker)

  const metadata = encodeSubscription({
    topics: [topic],
    userData: bytes('mine'),
    owned: [],
    generation: -1,
    rack: null,
  })
  const join = {
    group,
    sessionTimeout: 60_000,
    rebalanceTimeout: 10_000,
    memberId: '',
    instanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'faust', metadata }],
  }
  const given = await settled(connection, joinGroupApi, join)
  expect(given).toMatchObject({ error: MEMBER_ID_REQUIRED, generation: -1, members: [] })
  const { memberId } = given
  const joined = await connection.send(joinGroupApi, { ...join, memberId })
  expect(joined).toMatchObject({ error: 0, generation: 1, protocol: 'faust', leader: memberId, memberId })
  expect(joined.members).toMatchObject([{ memberId, instanceId: null }])
  expect(decodeSubscription(joined.members[0]!.metadata)).toMatchObject({ topics: [topic], generation: -1 })

  const member = { group, generation: 1, memberId, instanceId: null }
  const assignment = encodeAssignment({ partitions: [{ topic, partition: 0 }], userData: bytes('yours') })
  const synced = await connection.send(syncGroupApi, { ...member, assignments: [{ memberId, assignment }] })
  expect(synced.error).toBe(0)
  const { partitions, userData } = decodeAssignment(synced.assignment)
  expect([partitions, text(userData)]).toEqual([[{ topic, partition: 0 }], 'yours'])
  expect(await connection.send(heartbeatApi, member)).toEqual({ throttleTime: 0, error: 0 })
  expect(await connection.send(heartbeatApi, { ...member, generation: 9 })).toMatchObject({ error: 22 })
  expect(await connection.send(heartbeatApi, { ...member, memberId: 'nobody' })).toMatchObject({ error: 25 })

  const offsets = [{ topic, partition: 0, offset: 2 ** 40, leaderEpoch: 0, metadata: 'time=ü' }]
  const committed = await connection.send(offsetCommitApi, { ...member, offsets })
  expect(committed.partitions).toEqual([{ topic, partition: 0, error: 0 }])
  const stale = await connection.send(offsetCommitApi, { ...member, generation: 7, offsets })
  expect(stale.partitions).toMatchObject([{ error: 22 }])
  const long = [{ ...offsets[0]!, metadata: 'x'.repeat(5000) }]
  expect((await connection.send(offsetCommitApi, { ...member, offsets: long })).partitions).toMatchObject([
    { error: 12 },
  ])

  const stored = { topic, partition: 0, offset: 2 ** 40, leaderEpoch: 0, metadata: 'time=ü', error: 0 }
  const asked = [
    { topic, partition: 0 },
    { topic, partition: 8 },
  ]
  const fetched = await connection.send(offsetFetchApi, { group, partitions: asked, requireStable: true })
  expect(fetched.error).toBe(0)
  expect(fetched.partitions).toEqual([
    stored,
    { topic, partition: 8, offset: -1, leaderEpoch: -1, metadata: '', error: 0 },
  ])
  const all = await connection.send(offsetFetchApi, { group, partitions: null, requireStable: false })
  expect(all.partitions).toEqual([stored])

  // Offsets within a transaction are checked against the membership too: what keeps a zombie out.
  const transactionalId = unique('tx')
  const { producerId, producerEpoch } = await newTransaction(connection, transactionalId)
  const identity = { transactionalId, producerId, producerEpoch }
  expect(await connection.send(addOffsetsToTxnApi, { ...identity, group })).toMatchObject({ error: 0 })
  const carry = async (as: Partial<typeof member>): Promise<number> => {
    const request = { ...identity, ...member, ...as, offsets }
    return (await connection.send(txnOffsetCommitApi, request)).partitions[0]!.error
  }
  expect(await carry({ generation: 7 })).toBe(22)
  expect(await carry({ memberId: 'nobody' })).toBe(25)
  expect(await carry({})).toBe(0)
  expect(await settled(connection, endTxnApi, { ...identity, commit: false })).toMatchObject({ error: 0 })

  const left = await connection.send(leaveGroupApi, {
    group,
    members: [
      { memberId, instanceId: null },
      { memberId: 'nobody', instanceId: null },
    ],
  })
  expect(left).toMatchObject({ error: 0, members: [{ memberId, error: 0 }, { error: 25 }] })
})

test('a static member: a second one with its identity fences it', async () => {
  await using connection = await RawConnection.open(broker)
  const group = unique('static')
  await settled(connection, findCoordinatorApi, { key: group, kind: 'group' })
  const join = {
    group,
    sessionTimeout: 60_000,
    rebalanceTimeout: 10_000,
    memberId: '',
    instanceId: 'worker-1',
    protocolType: 'consumer',
    protocols: [{ name: 'faust', metadata: bytes('') }],
  }
  const first = await settled(connection, joinGroupApi, join)
  const { memberId, generation } = first
  expect(first).toMatchObject({ error: 0, members: [{ memberId, instanceId: 'worker-1' }] })
  const member = { group, generation, memberId, instanceId: 'worker-1' }
  await connection.send(syncGroupApi, { ...member, assignments: [{ memberId, assignment: bytes('a') }] })
  const second = await settled(connection, joinGroupApi, join)
  expect(second.memberId).not.toBe(memberId)
  expect(await connection.send(heartbeatApi, member)).toMatchObject({ error: 82 })
  const left = await connection.send(leaveGroupApi, { group, members: [{ memberId: '', instanceId: 'worker-1' }] })
  expect(left).toMatchObject({ error: 0, members: [{ instanceId: 'worker-1', error: 0 }] })
})

/** A transactional producer that has just begun. */
async function newTransaction(connection: RawConnection, transactionalId: string): Promise<InitProducerIdResponse> {
  await settled(connection, findCoordinatorApi, { key: transactionalId, kind: 'transaction' })
  const fresh = { transactionalId, transactionTimeout: 60_000, producerId: -1n, producerEpoch: -1 }
  return settled(connection, initProducerIdApi, fresh)
}

test('a transaction: records and offsets, fenced by member, committed; then one that is aborted', async () => {
  await using connection = await RawConnection.open(broker)
  const topic = await newTopic(connection, 'transaction')
  const group = unique('group')
  const transactionalId = unique('tx')
  await settled(connection, findCoordinatorApi, { key: group, kind: 'group' })
  const { error, producerId, producerEpoch } = await newTransaction(connection, transactionalId)
  expect(error).toBe(0)
  const identity = { transactionalId, producerId, producerEpoch }
  const partitions = [{ topic, partition: 0 }]
  const begun = async (): Promise<void> => {
    for (let tries = 0; tries < 3000; tries++) {
      const added = await connection.send(addPartitionsToTxnApi, { ...identity, partitions })
      // 51 while the markers of the transaction before are being written.
      if (added.partitions[0]!.error !== 51) return expect(added.partitions).toEqual([{ ...partitions[0], error: 0 }])
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const write = (baseSequence: number): Promise<ProduceResponse> =>
    produce(connection, topic, three, { producerId, producerEpoch, baseSequence, transactional: true }, transactionalId)

  await begun()
  expect((await write(0)).partitions).toMatchObject([{ error: 0, baseOffset: 0 }])
  // The same again is known by its sequence, one that leaves a gap is refused.
  expect((await write(0)).partitions).toMatchObject([{ error: 0, baseOffset: 0 }])
  expect((await write(7)).partitions).toMatchObject([{ error: 45 }])
  expect(await connection.send(addOffsetsToTxnApi, { ...identity, group })).toMatchObject({ error: 0 })
  const offsets = [{ ...partitions[0]!, offset: 5, leaderEpoch: -1, metadata: null }]
  const carry = async (generation: number, memberId: string): Promise<number> => {
    const request = { ...identity, group, generation, memberId, instanceId: null, offsets }
    return (await connection.send(txnOffsetCommitApi, request)).partitions[0]!.error
  }
  // A group without members takes nobody's generation.
  expect(await carry(3, 'nobody')).toBe(22)
  expect(await carry(-1, '')).toBe(0)
  const stable = await connection.send(offsetFetchApi, { group, partitions, requireStable: true })
  expect(stable.partitions).toMatchObject([{ error: 88 }])
  const open = await connection.send(fetchApi, fetching(topic, 0))
  expect(open.partitions).toMatchObject([{ highWatermark: 3, lastStable: 0 }])

  expect(await settled(connection, endTxnApi, { ...identity, commit: true })).toMatchObject({ error: 0 })
  const done = await settledOffsets(connection, group, topic)
  expect(done).toMatchObject([{ error: 0, offset: 5, metadata: '' }])

  await begun()
  expect((await write(3)).partitions).toMatchObject([{ error: 0, baseOffset: 4 }])
  expect(await settled(connection, endTxnApi, { ...identity, commit: false })).toMatchObject({ error: 0 })
  // Nothing is open any more.
  expect(await settled(connection, endTxnApi, { ...identity, commit: true })).toMatchObject({ error: 48 })

  // The same id and epoch go on under a new epoch (KIP-360), and what had the old one is fenced.
  const again = await settled(connection, initProducerIdApi, { ...identity, transactionTimeout: 60_000 })
  expect(again).toMatchObject({ error: 0, producerId, producerEpoch: producerEpoch + 1 })
  expect(await connection.send(endTxnApi, { ...identity, commit: true })).toMatchObject({ error: 90 })
  expect((await write(6)).partitions).toMatchObject([{ error: 47 }])

  const { records, position, fetched } = await fetchAll(connection, topic, 0, { isolation: 'read-committed' })
  expect(shown(records)).toEqual(['0:a=1', '1:b=2', '2:c=3'])
  expect(position).toBe(8)
  // The times of records and markers lie far apart, so the log has several segments, and a Fetch gives one at most.
  expect(fetched.flatMap(({ aborted }) => aborted)).toContainEqual({ producerId, firstOffset: 4 })
  expect(fetched.at(-1)).toMatchObject({ highWatermark: 8, lastStable: 8 })
})

/** Committed offsets once no transaction is open that carries them. */
async function settledOffsets(connection: RawConnection, group: string, topic: string): Promise<unknown> {
  for (let tries = 0; ; tries++) {
    const partitions = [{ topic, partition: 0 }]
    const answer = await connection.send(offsetFetchApi, { group, partitions, requireStable: true })
    if (answer.partitions[0]!.error !== 88 || tries === 3000) return answer.partitions
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

test('sequences go on from 2^31 - 1 to 0', async () => {
  await using connection = await RawConnection.open(broker)
  const topic = await newTopic(connection, 'sequence')
  const fresh = { transactionalId: null, transactionTimeout: 0, producerId: -1n, producerEpoch: -1 }
  const { producerId, producerEpoch } = await settled(connection, initProducerIdApi, fresh)
  const write = async (baseSequence: number): Promise<number> => {
    const { partitions } = await produce(connection, topic, three, { producerId, producerEpoch, baseSequence })
    return partitions[0]!.error
  }
  expect(await write(2 ** 31 - 2)).toBe(0)
  expect(await write(1)).toBe(0)
  expect(await write(5)).toBe(45)
})
