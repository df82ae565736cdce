import type { AdapterContext } from '@faust/core'
import { createCodecs } from '../records/compression/create-codecs.ts'
import type { ProducerSettings } from '../producer/settings.ts'
import { KafkaTransport } from '../transport/kafka-transport.ts'
import type { Between, DoubleLink, LinkSettings } from './double-link.ts'

/** How a transport over a double is made: as one over Kafka. */
export interface DoubleTransportOptions extends Partial<ProducerSettings>, Pick<LinkSettings, 'connectionTimeout'> {
  /** Stands between this client and the brokers; see `Between`. Default nothing. */
  readonly link?: Between | undefined
}

/** Ms in which some node has to answer at the start. */
const START_TIMEOUT = 30_000

/** Kafka's transport with the double in the place of brokers: all of it but the sockets is what apps run on. */
export class DoubleTransport extends KafkaTransport {
  /** This client's way to the double. */
  readonly link: DoubleLink

  constructor(link: DoubleLink, options: DoubleTransportOptions = {}) {
    const { connectionTimeout, codecs = createCodecs(), link: _, ...producer } = options
    super({
      name: 'broker-double',
      connect({ app, clock }: AdapterContext) {
        link.client = app
        const { requestTimeout } = producer
        return Promise.resolve(link.connection({ clock, connectionTimeout, requestTimeout }))
      },
      producer: { ...producer, codecs },
      startTimeout: START_TIMEOUT,
    })
    this.link = link
  }
}
