import type { Transport } from '@faust/core'
import { createCodecs, KafkaTransport } from '@faust/kafka'
import { connectByKafkajs } from './connect.ts'
import { type KafkajsTransportOptions, readOptions } from './options.ts'

/** Ms in which some broker has to answer at the start. */
const START_TIMEOUT = 30_000

/** Kafka by kafkajs's connections: its sockets, TLS and SASL beneath our data plane. It does no work before `start`. */
export function kafkajsTransport(options: KafkajsTransportOptions): Transport {
  const settings = readOptions(options)
  return new KafkaTransport({
    name: 'transport-kafkajs',
    connect: (context) => connectByKafkajs(settings, context),
    producer: {
      codecs: createCodecs(settings.codecs),
      compression: options.compression,
      requestTimeout: settings.requestTimeout,
    },
    startTimeout: START_TIMEOUT,
  })
}
