import { ServicesError } from '../errors.ts'
import { externalNode } from '../external.ts'
import type { KafkaCluster, KafkaNode } from './api.ts'

/** The brokers that KAFKA_BROKERS names. */
export function externalCluster(given: string): KafkaCluster {
  const brokers = given.split(',').map((broker) => broker.trim())
  const malformed = brokers.find((broker) => !/^.+:\d+$/.test(broker))
  if (malformed !== undefined) {
    throw new ServicesError(`KAFKA_BROKERS must be like host:9092,host:9093; "${malformed}" is not host:port.`)
  }
  return {
    brokers,
    version: undefined,
    external: true,
    secured: undefined,
    node: (index) => externalKafkaNode(brokers, index),
    stop: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}

function externalKafkaNode(brokers: readonly string[], index: number): KafkaNode {
  const address = brokers[index]
  if (address === undefined) {
    throw new ServicesError(`There is no node ${index}: KAFKA_BROKERS names ${brokers.length}.`)
  }
  const unknown = (what: string) => (): never => {
    throw new ServicesError(`The ${what} of ${address} is not known: it comes from KAFKA_BROKERS.`)
  }
  return Object.defineProperties(externalNode(address, 'KAFKA_BROKERS'), {
    id: { get: unknown('id') },
    dataDirectory: { get: unknown('data directory') },
  }) as KafkaNode
}
