import { FaustError } from '@faust/core'
import type { Producer, Transport } from '@faust/core'

/** What was sent to one partition and acknowledged. */
export interface Sent {
  readonly topic: string
  readonly partition: number
  readonly records: number
  /** Of keys and values. */
  readonly bytes: number
}

export interface MeteredTransportOptions {
  /** Called when the log has acknowledged records. It must be quick and must not throw. */
  readonly onSent: (sent: Sent) => void
}

/** `inner`, telling what is sent through it. What it can do is what `inner` can. */
export function meteredTransport(inner: Transport, options: MeteredTransportOptions): Transport {
  if (typeof options?.onSent !== 'function') {
    throw new FaustError(
      'FAUST_SETTING_INVALID',
      'transport-metered: `onSent` is missing: pass a function that is told.',
    )
  }
  return {
    name: `transport-metered over ${inner.name}`,
    contract: inner.contract,
    supports: inner.supports,
    start: (context) => inner.start(context),
    close: () => inner.close(),
    // Not before it is asked for: it is there only after the start.
    get admin() {
      return inner.admin
    },
    producer: (producerOptions) => metered(inner.producer(producerOptions), options.onSent),
    groupConsumer: (consumerOptions) => inner.groupConsumer(consumerOptions),
    reader: (readerOptions) => inner.reader(readerOptions),
  }
}

function metered(producer: Producer, onSent: (sent: Sent) => void): Producer {
  return {
    init: () => producer.init(),
    async send(topic, partition, records) {
      const result = await producer.send(topic, partition, records)
      const bytes = records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0)
      if (records.length > 0) onSent({ topic, partition, records: records.length, bytes })
      return result
    },
    flush: () => producer.flush(),
    beginTransaction: () => producer.beginTransaction(),
    sendOffsets: (offsets, membership) => producer.sendOffsets(offsets, membership),
    commitTransaction: () => producer.commitTransaction(),
    abortTransaction: () => producer.abortTransaction(),
    close: (closeOptions) => producer.close(closeOptions),
  }
}
