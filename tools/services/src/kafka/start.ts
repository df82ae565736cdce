import type { KafkaCluster, KafkaOptions } from './api.ts'
import { startCluster } from './cluster.ts'
import { externalCluster } from './external.ts'

/** Brings up Kafka and resolves when every node serves; or hands out what KAFKA_BROKERS names. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const given = (options.env ?? process.env)['KAFKA_BROKERS']?.trim()
  return given === undefined || given === '' ? startCluster(options) : externalCluster(given)
}
