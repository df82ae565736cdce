import type { GroupMembership, OffsetToCommit, TopicPartition } from '@faust/core'
import { addOffsetsToTxnApi } from '../../requests/add-offsets-to-txn.ts'
import { addPartitionsToTxnApi } from '../../requests/add-partitions-to-txn.ts'
import type { Api } from '../../requests/api.ts'
import { endTxnApi } from '../../requests/end-txn.ts'
import { initProducerIdApi } from '../../requests/init-producer-id.ts'
import type { InitProducerIdResponse } from '../../requests/init-producer-id.ts'
import type { PartitionError } from '../../requests/partition-error.ts'
import { txnOffsetCommitApi } from '../../requests/txn-offset-commit.ts'
import { producerName } from '../faults.ts'
import type { ProducerIdentity } from '../identity.ts'
import type { ProducerCluster } from '../producer-cluster.ts'
import { askCoordinator } from './ask-coordinator.ts'
import { passingError } from './coordinator-errors.ts'

/** What all requests of a transactional id have in common. */
export interface TransactionRequestOptions {
  readonly cluster: ProducerCluster
  readonly transactionalId: string
  readonly transactionTimeout: number
  readonly signal: AbortSignal
}

/** How one of them is tried. */
export interface Tries {
  /** Ms for all of them together. */
  readonly within: number
  /** One was given up unanswered: it may still arrive. */
  readonly onLost: () => void
  /** One was answered in a way that does not say whether it was carried out. */
  readonly onUnsure?: (() => void) | undefined
}

/** The requests that make a transaction, each repeated until its coordinator says something that counts. */
export class TransactionRequests {
  readonly #options: TransactionRequestOptions

  constructor(options: TransactionRequestOptions) {
    this.#options = options
  }

  init(before: ProducerIdentity, tries: Tries): Promise<InitProducerIdResponse> {
    const { transactionTimeout } = this.#options
    return this.#ask(initProducerIdApi, { transactionTimeout, ...before }, ({ error }) => error, tries)
  }

  async addPartitions(
    who: ProducerIdentity,
    partitions: readonly TopicPartition[],
    tries: Tries,
  ): Promise<readonly PartitionError[]> {
    const errorOf = (answer: { readonly partitions: readonly PartitionError[] }): number =>
      passingError(answer.partitions)
    return (await this.#ask(addPartitionsToTxnApi, { ...who, partitions }, errorOf, tries)).partitions
  }

  async addOffsets(who: ProducerIdentity, group: string, tries: Tries): Promise<number> {
    return (await this.#ask(addOffsetsToTxnApi, { ...who, group }, ({ error }) => error, tries)).error
  }

  async commitOffsets(
    who: ProducerIdentity,
    offsets: readonly OffsetToCommit[],
    { group, memberId, generation, instanceId }: GroupMembership,
    tries: Tries,
  ): Promise<readonly PartitionError[]> {
    const request = {
      ...who,
      group,
      memberId,
      generation,
      instanceId: instanceId ?? null,
      offsets: offsets.map(({ topic, partition, offset, leaderEpoch = -1, metadata = '' }) => ({
        topic,
        partition,
        offset,
        leaderEpoch,
        metadata,
      })),
    }
    const errorOf = (answer: { readonly partitions: readonly PartitionError[] }): number =>
      passingError(answer.partitions)
    return (await this.#ask(txnOffsetCommitApi, request, errorOf, tries, group)).partitions
  }

  async end(who: ProducerIdentity, commit: boolean, tries: Tries): Promise<number> {
    return (await this.#ask(endTxnApi, { ...who, commit }, ({ error }) => error, tries)).error
  }

  /** Asks the coordinator of the transactional id, or that of a group. */
  #ask<Request extends { readonly transactionalId: string | null }, Response>(
    api: Api<Request, Response>,
    request: Omit<Request, 'transactionalId'>,
    errorOf: (answer: Response) => number,
    tries: Tries,
    group?: string,
  ): Promise<Response> {
    const { cluster, transactionalId, signal } = this.#options
    const what = `${api.name} of ${producerName(transactionalId)}`
    const place =
      group === undefined
        ? ({ kind: 'transaction', key: transactionalId } as const)
        : ({ kind: 'group', key: group } as const)
    return askCoordinator(cluster, api, { ...request, transactionalId } as unknown as Request, {
      ...tries,
      ...place,
      what,
      errorOf,
      signal,
    })
  }
}
