import {
  addOffsetsToTxnApi,
  addPartitionsToTxnApi,
  deleteRecordsApi,
  endTxnApi,
  fetchApi,
  findCoordinatorApi,
  heartbeatApi,
  initProducerIdApi,
  joinGroupApi,
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
} from '../../src/index.ts'
import { bytes } from '../support/bytes.ts'

/** A value of an API; test/java/Messages.java makes the same with Kafka's own classes. */
export interface Sample {
  readonly name: string
  readonly api: Api<unknown, unknown>
  readonly side: 'request' | 'response'
  readonly value: unknown
}

const PRODUCER = 2n ** 60n + 1n
const OFFSET = 2 ** 40 + 7

/** One sample, whose name is that of the API, the side and what is special about it. */
function request<Request, Response>(api: Api<Request, Response>, value: Request, special = ''): Sample {
  return { name: `${api.name}.request${special}`, api, side: 'request', value }
}

function response<Request, Response>(api: Api<Request, Response>, value: Response): Sample {
  return { name: `${api.name}.response`, api, side: 'response', value }
}

const identity = { transactionalId: 'tx-1', producerId: PRODUCER, producerEpoch: 4 }
const offsets = [
  { topic: 'orders', partition: 0, offset: OFFSET, leaderEpoch: 3, metadata: 'time=1' },
  { topic: 'orders', partition: 1, offset: 0, leaderEpoch: -1, metadata: null },
]

export const samples: readonly Sample[] = [
  request(fetchApi, {
    maxWait: 100,
    minBytes: 1,
    maxBytes: 2 ** 24,
    isolation: 'read-committed',
    sessionId: 77,
    sessionEpoch: 3,
    partitions: [
      { topic: 'orders', partition: 0, leaderEpoch: 5, offset: OFFSET, maxBytes: 2 ** 20 },
      { topic: 'orders', partition: 1, leaderEpoch: -1, offset: 0, maxBytes: 2 },
      { topic: 'zahlungen-ü', partition: 2, leaderEpoch: 0, offset: 9, maxBytes: 3 },
      // Their order is kept, so the topic comes twice.
      { topic: 'orders', partition: 4, leaderEpoch: 1, offset: 1, maxBytes: 4 },
    ],
    forgotten: [
      { topic: 'old', partition: 3 },
      { topic: 'old', partition: 1 },
    ],
    rack: 'eu-1',
  }),
  response(fetchApi, {
    throttleTime: 12,
    error: 71,
    sessionId: 77,
    partitions: [
      {
        topic: 'orders',
        partition: 0,
        error: 0,
        highWatermark: OFFSET,
        lastStable: OFFSET - 1,
        logStart: 3,
        aborted: [
          { producerId: PRODUCER, firstOffset: OFFSET - 9 },
          { producerId: 4n, firstOffset: 1 },
        ],
        preferredReplica: 2,
        records: bytes('batches'),
      },
      {
        topic: 'orders',
        partition: 1,
        error: 1,
        highWatermark: -1,
        lastStable: -1,
        logStart: -1,
        aborted: null,
        preferredReplica: -1,
        records: null,
      },
      {
        topic: 'other',
        partition: 7,
        error: 0,
        highWatermark: 1,
        lastStable: 1,
        logStart: 0,
        aborted: [],
        preferredReplica: -1,
        records: bytes(''),
      },
    ],
  }),

  request(produceApi, {
    transactionalId: 'tx-1',
    acks: -1,
    timeout: 30_000,
    partitions: [
      { topic: 'orders', partition: 0, records: bytes('first batch') },
      { topic: 'orders', partition: 3, records: null },
      { topic: 'other', partition: 1, records: bytes('second batch') },
    ],
  }),
  request(produceApi, { transactionalId: null, acks: 1, timeout: 1, partitions: [] }, '.plain'),
  response(produceApi, {
    partitions: [
      {
        topic: 'orders',
        partition: 0,
        error: 87,
        baseOffset: -1,
        logAppendTime: -1,
        logStart: -1,
        recordErrors: [
          { index: 2, message: 'no key' },
          { index: 5, message: null },
        ],
        message: 'One or more records have been rejected',
      },
      {
        topic: 'orders',
        partition: 3,
        error: 0,
        baseOffset: OFFSET,
        logAppendTime: 1_700_000_000_000,
        logStart: 4,
        recordErrors: [],
        message: null,
      },
    ],
    throttleTime: 9,
  }),

  request(listOffsetsApi, {
    isolation: 'read-committed',
    partitions: [
      { topic: 'orders', partition: 0, leaderEpoch: 4, timestamp: -1 },
      { topic: 'orders', partition: 1, leaderEpoch: -1, timestamp: 1_700_000_000_000 },
    ],
  }),
  response(listOffsetsApi, {
    throttleTime: 1,
    partitions: [
      { topic: 'orders', partition: 0, error: 78, timestamp: -1, offset: -1, leaderEpoch: -1 },
      { topic: 'orders', partition: 1, error: 0, timestamp: 1_700_000_000_001, offset: OFFSET, leaderEpoch: 6 },
    ],
  }),

  request(metadataApi, { topics: ['orders', 'x'.repeat(200)], autoCreate: true }),
  request(metadataApi, { topics: null, autoCreate: false }, '.all'),
  response(metadataApi, {
    throttleTime: 2,
    brokers: [
      { node: 1, host: 'a.example', port: 9092, rack: 'r' },
      { node: 2, host: 'b.example', port: 9093, rack: null },
    ],
    clusterId: 'cluster',
    controller: 1,
    topics: [
      {
        error: 0,
        name: 'orders',
        id: 'ASNFZ4mrze_-3LqYdlQyEA',
        internal: false,
        partitions: [
          { error: 0, partition: 0, leader: 1, leaderEpoch: 8, replicas: [1, 2], inSync: [1], offline: [2] },
          { error: 5, partition: 1, leader: -1, leaderEpoch: 9, replicas: [2], inSync: [], offline: [] },
        ],
      },
      { error: 3, name: 'missing', id: '', internal: true, partitions: [] },
    ],
  }),

  request(findCoordinatorApi, { key: 'tx-1', kind: 'transaction' }),
  response(findCoordinatorApi, { throttleTime: 3, error: 15, message: 'not yet', node: -1, host: '', port: -1 }),

  request(offsetForLeaderEpochApi, {
    partitions: [{ topic: 'orders', partition: 2, currentLeaderEpoch: 5, leaderEpoch: 4 }],
  }),
  response(offsetForLeaderEpochApi, {
    throttleTime: 4,
    partitions: [
      { topic: 'orders', error: 0, partition: 2, leaderEpoch: 4, endOffset: OFFSET },
      { topic: 'orders', error: 74, partition: 3, leaderEpoch: -1, endOffset: -1 },
    ],
  }),

  request(deleteRecordsApi, {
    before: [
      { topic: 'orders', partition: 0, offset: OFFSET },
      { topic: 'orders', partition: 1, offset: -1 },
    ],
    timeout: 5000,
  }),
  response(deleteRecordsApi, {
    throttleTime: 5,
    partitions: [
      { topic: 'orders', partition: 0, logStart: OFFSET, error: 0 },
      { topic: 'orders', partition: 1, logStart: -1, error: 44 },
    ],
  }),

  request(joinGroupApi, {
    group: 'shop',
    sessionTimeout: 10_000,
    rebalanceTimeout: 60_000,
    memberId: '',
    instanceId: 'worker-1',
    protocolType: 'consumer',
    protocols: [
      { name: 'sticky', metadata: bytes('subscription') },
      { name: 'range', metadata: bytes('') },
    ],
  }),
  response(joinGroupApi, {
    throttleTime: 6,
    error: 0,
    generation: 12,
    protocol: 'sticky',
    leader: 'm-1',
    memberId: 'm-2',
    members: [
      { memberId: 'm-1', instanceId: null, metadata: bytes('a') },
      { memberId: 'm-2', instanceId: 'worker-1', metadata: bytes('b') },
    ],
  }),

  request(syncGroupApi, {
    group: 'shop',
    generation: 12,
    memberId: 'm-1',
    instanceId: null,
    assignments: [
      { memberId: 'm-1', assignment: bytes('one') },
      { memberId: 'm-2', assignment: bytes('two') },
    ],
  }),
  response(syncGroupApi, { throttleTime: 7, error: 27, assignment: bytes('one') }),

  request(heartbeatApi, { group: 'shop', generation: 12, memberId: 'm-1', instanceId: 'worker-1' }),
  response(heartbeatApi, { throttleTime: 8, error: 27 }),

  request(leaveGroupApi, {
    group: 'shop',
    members: [
      { memberId: 'm-1', instanceId: null },
      { memberId: '', instanceId: 'worker-1' },
    ],
  }),
  response(leaveGroupApi, {
    throttleTime: 9,
    error: 0,
    members: [{ memberId: 'm-1', instanceId: null, error: 25 }],
  }),

  request(offsetCommitApi, { group: 'shop', generation: 12, memberId: 'm-1', instanceId: null, offsets }),
  response(offsetCommitApi, {
    throttleTime: 1,
    partitions: [
      { topic: 'orders', partition: 0, error: 0 },
      { topic: 'orders', partition: 1, error: 12 },
    ],
  }),

  request(offsetFetchApi, {
    group: 'shop',
    partitions: [
      { topic: 'orders', partition: 0 },
      { topic: 'orders', partition: 5 },
    ],
    requireStable: true,
  }),
  request(offsetFetchApi, { group: 'shop', partitions: null, requireStable: false }, '.all'),
  response(offsetFetchApi, {
    throttleTime: 2,
    partitions: [
      { topic: 'orders', partition: 0, offset: OFFSET, leaderEpoch: 3, metadata: 'time=1', error: 0 },
      { topic: 'orders', partition: 5, offset: -1, leaderEpoch: -1, metadata: null, error: 88 },
    ],
    error: 14,
  }),

  request(initProducerIdApi, { ...identity, transactionTimeout: 10_000 }),
  request(
    initProducerIdApi,
    { transactionalId: null, transactionTimeout: 1, producerId: -1n, producerEpoch: -1 },
    '.plain',
  ),
  response(initProducerIdApi, { throttleTime: 3, error: 0, producerId: PRODUCER, producerEpoch: 32_767 }),

  request(addPartitionsToTxnApi, {
    ...identity,
    partitions: [
      { topic: 'orders', partition: 0 },
      { topic: 'orders', partition: 2 },
      { topic: 'other', partition: 1 },
    ],
  }),
  response(addPartitionsToTxnApi, {
    throttleTime: 4,
    partitions: [
      { topic: 'orders', partition: 0, error: 55 },
      { topic: 'orders', partition: 2, error: 3 },
    ],
  }),

  request(addOffsetsToTxnApi, { ...identity, group: 'shop' }),
  response(addOffsetsToTxnApi, { throttleTime: 5, error: 51 }),
  request(endTxnApi, { ...identity, commit: true }),
  response(endTxnApi, { throttleTime: 6, error: 90 }),

  request(txnOffsetCommitApi, {
    ...identity,
    group: 'shop',
    generation: 12,
    memberId: 'm-1',
    instanceId: 'worker-1',
    offsets: [offsets[0]!, { ...offsets[1]!, offset: 2 }],
  }),
  response(txnOffsetCommitApi, { throttleTime: 7, partitions: [{ topic: 'orders', partition: 0, error: 22 }] }),
]
