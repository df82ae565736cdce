import { partitionKey } from '@faust/core'
import type { TopicPartition } from '@faust/core'
import type { AddOffsetsToTxnRequest } from '../../../src/requests/add-offsets-to-txn.ts'
import type { AddPartitionsToTxnRequest } from '../../../src/requests/add-partitions-to-txn.ts'
import type { EndTxnRequest } from '../../../src/requests/end-txn.ts'
import type { InitProducerIdRequest } from '../../../src/requests/init-producer-id.ts'
import type { PartitionErrors } from '../../../src/requests/partition-error.ts'
import type { ProducedPartition, ProduceRequest, ProduceResponse } from '../../../src/requests/produce.ts'
import type { TxnOffsetCommitRequest } from '../../../src/requests/txn-offset-commit.ts'
import { FakeCoordinator } from './fake-coordinator.ts'
import { FakeGroups } from './fake-groups.ts'
import { FakeLog } from './fake-log.ts'
import type { ManualClock } from './manual-clock.ts'

export interface FakeBrokerOptions {
  readonly clock: ManualClock
  /** As of `FakeCoordinator`. Default `new`. */
  readonly kind?: 'old' | 'new'
  /** Whether leaders ask the coordinator if a batch belongs to a transaction (Kafka 3.6, KIP-890 part 1). Default true. */
  readonly verifies?: boolean
  /** Ms until markers are written. Default 3. */
  readonly markers?: number
}

/** All brokers of a cluster in one: the logs, the coordinators, and who leads what. */
export class FakeBroker {
  readonly logs = new Map<string, FakeLog>()
  readonly leaders = new Map<string, number>()
  readonly groups = new FakeGroups()
  readonly coordinator: FakeCoordinator
  readonly #verifies: boolean

  constructor({ clock, kind = 'new', verifies = true, markers = 3 }: FakeBrokerOptions) {
    this.#verifies = verifies
    this.coordinator = new FakeCoordinator({
      clock,
      kind,
      markers,
      effects: {
        mark: (partition, producerId, epoch, marker) => this.logs.get(partition)?.mark(producerId, epoch, marker),
        settle: (group, producerId, epoch, marker) => this.groups.settle(producerId, epoch, group, marker),
      },
    })
  }

  /** Makes a topic whose partitions are led by nodes 1, 2, 1, 2 … */
  create(topic: string, partitions: number): void {
    for (let partition = 0; partition < partitions; partition++) {
      const key = partitionKey(topic, partition)
      this.logs.set(key, new FakeLog())
      this.leaders.set(key, 1 + (partition % 2))
    }
  }

  delete(topic: string): void {
    for (const key of this.logs.keys()) if (key.startsWith(`${topic} `)) this.logs.delete(key)
  }

  log(topic: string, partition: number): FakeLog {
    const log = this.logs.get(partitionKey(topic, partition))
    if (log === undefined) throw new Error(`There is no partition ${partition} of ${topic}`)
    return log
  }

  partitions(topic: string): number {
    return [...this.logs.keys()].filter((key) => key.startsWith(`${topic} `)).length
  }

  handle(node: number, api: string, request: unknown): unknown {
    switch (api) {
      case 'Produce':
        return this.#produce(node, request as ProduceRequest)
      case 'InitProducerId': {
        const { transactionalId, transactionTimeout, producerId, producerEpoch } = request as InitProducerIdRequest
        return {
          throttleTime: 0,
          ...this.coordinator.init(transactionalId, transactionTimeout, producerId, producerEpoch),
        }
      }
      case 'AddPartitionsToTxn':
        return this.#addPartitions(request as AddPartitionsToTxnRequest)
      case 'AddOffsetsToTxn': {
        const { transactionalId, producerId, producerEpoch, group } = request as AddOffsetsToTxnRequest
        return { throttleTime: 0, error: this.coordinator.add(transactionalId, producerId, producerEpoch, { group }) }
      }
      case 'EndTxn': {
        const { transactionalId, producerId, producerEpoch, commit } = request as EndTxnRequest
        return { throttleTime: 0, error: this.coordinator.end(transactionalId, producerId, producerEpoch, commit) }
      }
      case 'TxnOffsetCommit':
        return this.#commitOffsets(request as TxnOffsetCommitRequest)
      default:
        throw new Error(`The fake broker does not know ${api}`)
    }
  }

  #produce(node: number, { transactionalId, partitions }: ProduceRequest): ProduceResponse {
    const answers = partitions.map(({ topic, partition, records }): ProducedPartition => {
      const key = partitionKey(topic, partition)
      const log = this.logs.get(key)
      const answer = {
        topic,
        partition,
        baseOffset: -1,
        logAppendTime: -1,
        logStart: 0,
        recordErrors: [],
        message: null,
      }
      if (log === undefined) return { ...answer, error: 3 }
      if (this.leaders.get(key) !== node) return { ...answer, error: 6 }
      const bytes = records ?? new Uint8Array(0)
      const refused = this.#verify(transactionalId, key, bytes)
      if (refused !== 0) return { ...answer, error: refused }
      const { error, baseOffset, bad } = log.append(topic, partition, bytes)
      return { ...answer, error, baseOffset, recordErrors: bad.map((index) => ({ index, message: 'a bad value' })) }
    })
    return { partitions: answers, throttleTime: 0 }
  }

  #verify(transactionalId: string | null, key: string, bytes: Uint8Array): number {
    if (transactionalId === null || !this.#verifies) return 0
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    return this.coordinator.holds(transactionalId, view.getBigInt64(43), view.getInt16(51), key)
  }

  #addPartitions(request: AddPartitionsToTxnRequest): PartitionErrors {
    const { transactionalId, producerId, producerEpoch, partitions } = request
    const isMissing = (place: TopicPartition): boolean => !this.logs.has(partitionKey(place.topic, place.partition))
    const hasMissing = partitions.some(isMissing)
    const keys = partitions.map(({ topic, partition }) => partitionKey(topic, partition))
    const error = hasMissing
      ? 0
      : this.coordinator.add(transactionalId, producerId, producerEpoch, { partitions: keys })
    return {
      throttleTime: 0,
      partitions: partitions.map((place) => ({
        ...place,
        error: hasMissing ? (isMissing(place) ? 3 : 55) : error,
      })),
    }
  }

  #commitOffsets(request: TxnOffsetCommitRequest): PartitionErrors {
    const { transactionalId, producerId, producerEpoch, group, memberId, generation, offsets } = request
    const refused = this.#verifies ? this.coordinator.holdsGroup(transactionalId, producerId, producerEpoch, group) : 0
    const places = new Map(offsets.map((each) => [partitionKey(each.topic, each.partition), each.offset]))
    const error =
      refused ||
      this.groups.check(group, memberId, generation) ||
      this.groups.store(producerId, producerEpoch, group, places)
    return { throttleTime: 0, partitions: offsets.map(({ topic, partition }) => ({ topic, partition, error })) }
  }
}
