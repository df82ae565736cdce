import type { OutgoingRecord, Producer, ProducerOptions } from '@faust/core'
import { createProducer } from '../../../src/producer/create-producer.ts'
import type { ProducerSettings } from '../../../src/producer/settings.ts'
import { FakeBroker } from './fake-broker.ts'
import type { FakeBrokerOptions } from './fake-broker.ts'
import { FakeCluster } from './fake-cluster.ts'
import { codecs } from './fake-log.ts'
import { FakeNetwork } from './fake-network.ts'
import type { Fate, Sent } from './fake-network.ts'
import { ManualClock } from './manual-clock.ts'

export const TOPIC = 'orders'

/** A fake cluster with one topic of four partitions, and producers of it. */
export class Bench {
  readonly clock: ManualClock
  readonly broker: FakeBroker
  readonly network: FakeNetwork
  readonly cluster: FakeCluster

  constructor(options: Omit<FakeBrokerOptions, 'clock'> & { readonly seed?: number } = {}) {
    this.clock = new ManualClock(options.seed)
    this.broker = new FakeBroker({ ...options, clock: this.clock })
    this.network = new FakeNetwork(this.clock, this.broker)
    this.cluster = new FakeCluster(this.clock, this.broker, this.network)
    this.broker.create(TOPIC, 4)
  }

  producer(options: ProducerOptions = {}, settings: Partial<ProducerSettings> = {}): Producer {
    return createProducer(this.cluster, { codecs, ...settings }, options)
  }

  /** A producer after its init. */
  async ready(options: ProducerOptions = {}, settings: Partial<ProducerSettings> = {}): Promise<Producer> {
    const producer = this.producer(options, settings)
    await this.clock.run(producer.init())
    return producer
  }

  /** Gives the next requests of an API their fates, in order; those after them are served. */
  next(api: string, ...fates: Fate[]): void {
    const before = this.network.fate
    this.network.fate = (sent) => (sent.api === api ? (fates.shift() ?? before(sent)) : before(sent))
  }

  /** Every request of an API gets this fate until the answered function is called. */
  always(api: string, fate: Fate | ((sent: Sent) => Fate)): () => void {
    const before = this.network.fate
    this.network.fate = (sent) => {
      if (sent.api !== api) return before(sent)
      return typeof fate === 'function' ? fate(sent) : fate
    }
    return () => void (this.network.fate = before)
  }

  /** Requests of an API that left. */
  requests<T>(api: string): T[] {
    return this.network.sent.filter((sent) => sent.api === api).map(({ request }) => request as T)
  }
}

export function record(value: string): OutgoingRecord {
  return { key: null, value: new TextEncoder().encode(value) }
}

/** Sends values, and answers the base offset. */
export async function send(producer: Producer, partition: number, ...values: string[]): Promise<number> {
  return (await producer.send(TOPIC, partition, values.map(record))).baseOffset
}

/** What a promise became, without throwing. */
export async function outcome<T>(promise: Promise<T>): Promise<T | { readonly code: string; readonly error: Error }> {
  return promise.catch((error: unknown) => ({ code: (error as { code: string }).code, error: error as Error }))
}
