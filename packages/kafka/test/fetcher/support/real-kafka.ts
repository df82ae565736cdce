import { randomUUID } from 'node:crypto'
import { silentLogger, systemClock } from '@faust/core'
import { inject } from 'vitest'
import type { Api, Isolation } from '../../../src/index.ts'
import {
  addPartitionsToTxnApi,
  APIS,
  Connections,
  deleteRecordsApi,
  endTxnApi,
  initProducerIdApi,
  KafkaCluster,
  KafkaReader,
  kafkaError,
  produceApi,
} from '../../../src/index.ts'
import { batch, codecs, record } from '../../support/batches.ts'
import { netDial } from './net-dial.ts'

/** The id and epoch a producer writes with, and what it counts. */
export interface TestProducer {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  sequence: number
}

/** A cluster client over plain sockets, with what tests need to write. */
export class RealKafka {
  readonly cluster: KafkaCluster
  #readers = 0
  readonly #open: KafkaReader[] = []

  private constructor(cluster: KafkaCluster) {
    this.cluster = cluster
  }

  static async connect(addresses: readonly string[] = inject('kafkaBrokers')): Promise<RealKafka> {
    const brokers = addresses.map((address) => {
      const at = address.lastIndexOf(':')
      return { host: address.slice(0, at), port: Number(address.slice(at + 1)) }
    })
    const clock = systemClock()
    const settings = { brokers, clock, dial: netDial, apis: APIS, connectionTimeout: 10_000, requestTimeout: 30_000 }
    const cluster = new KafkaCluster({ connection: new Connections(settings), clock, logger: silentLogger })
    await cluster.start({ within: 10_000 })
    return new RealKafka(cluster)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const reader of this.#open) await reader.close()
    await this.cluster.close()
  }

  reader(isolation: Isolation = 'read-committed'): KafkaReader {
    const { cluster } = this
    const reader = new KafkaReader({ cluster, codecs, isolation, name: `test-${++this.#readers}` })
    this.#open.push(reader)
    return reader
  }

  async produce(topic: string, partition: number, values: readonly string[], by?: TestProducer): Promise<void> {
    const seal = by === undefined ? {} : { ...by, baseSequence: by.sequence, transactional: true }
    if (by !== undefined) by.sequence += values.length
    const sealed = batch(
      values.map((value) => record(null, value, Date.now())),
      seal,
    )
    await this.raw(topic, partition, sealed, by?.transactionalId)
  }

  async raw(
    topic: string,
    partition: number,
    records: Uint8Array,
    transactionalId: string | null = null,
  ): Promise<void> {
    const [answer] = await this.cluster.sendToLeaders(
      [{ topic, partition }],
      produceApi,
      () => ({ transactionalId, acks: -1, timeout: 10_000, partitions: [{ topic, partition, records }] }),
      { what: 'Producing', within: 20_000 },
    )
    if (answer?.error !== 0) throw new Error(`Produce was answered ${answer?.error}: ${answer?.message}`)
  }

  async transactional(): Promise<TestProducer> {
    const transactionalId = `fetcher-${randomUUID()}`
    const request = { transactionalId, transactionTimeout: 60_000, producerId: -1n, producerEpoch: -1 }
    const { producerId, producerEpoch } = await this.#coordinated(transactionalId, initProducerIdApi, request)
    return { transactionalId, producerId, producerEpoch, sequence: 0 }
  }

  async begin({ transactionalId, producerId, producerEpoch }: TestProducer, topic: string): Promise<void> {
    const request = { transactionalId, producerId, producerEpoch, partitions: [{ topic, partition: 0 }] }
    for (;;) {
      const answer = await this.cluster.sendToCoordinator(
        'transaction',
        transactionalId,
        addPartitionsToTxnApi,
        request,
        {
          what: 'Adding partitions',
          within: 20_000,
          errorOf: ({ partitions }) => partitions[0]?.error ?? 0,
          quick: [51],
        },
      )
      if (answer.partitions[0]?.error === 0) return
      throw new Error(`AddPartitionsToTxn was answered ${answer.partitions[0]?.error}`)
    }
  }

  async end({ transactionalId, producerId, producerEpoch }: TestProducer, commit: boolean): Promise<void> {
    await this.#coordinated(transactionalId, endTxnApi, { transactionalId, producerId, producerEpoch, commit })
  }

  async deleteRecords(topic: string, offset: number): Promise<void> {
    await this.cluster.sendToLeaders(
      [{ topic, partition: 0, offset }],
      deleteRecordsApi,
      (before) => ({ before, timeout: 10_000 }),
      { what: 'Deleting records', within: 20_000 },
    )
  }

  async #coordinated<Request, Response extends { readonly error: number }>(
    key: string,
    api: Api<Request, Response>,
    request: Request,
  ): Promise<Response> {
    const what = api.name
    const options = { what, within: 20_000, errorOf: ({ error }: Response) => error, quick: [51] }
    const answer = await this.cluster.sendToCoordinator('transaction', key, api, request, options)
    if (answer.error !== 0) throw new Error(`${what} was answered ${kafkaError(answer.error).name}`)
    return answer
  }
}
