import type { Producer, ProducerOptions } from '@faust/core'
import { KafkaProducer } from './kafka-producer.ts'
import type { ProducerCluster } from './producer-cluster.ts'
import { resolveSettings } from './settings.ts'
import type { ProducerSettings } from './settings.ts'

/** A producer of a Kafka cluster: idempotent, and transactional with a `transactionalId`. It does nothing before `init`. */
export function createProducer(
  cluster: ProducerCluster,
  settings: ProducerSettings,
  options: ProducerOptions = {},
): Producer {
  return new KafkaProducer(cluster, resolveSettings(settings, options))
}
