import { transportConformance } from '@faust/testing'
import { inject, test } from 'vitest'
import { kafkajsTransport } from '../src/index.ts'

/** A broker of somebody else's is as slow as Kafka's defaults make it; ours is told to be quick. */
const foreign = process.env['KAFKA_BROKERS'] !== undefined
const timing = foreign
  ? { session: 6000, heartbeat: 1500, patience: 20_000, transactionCheck: 12_000, bound: 90_000 }
  : { session: 1500, heartbeat: 300, patience: 20_000, transactionCheck: 3000, bound: 120_000 }

transportConformance({
  test: (name, work) => test(name, work, timing.bound + 10_000),
  create: () => kafkajsTransport({ brokers: inject('kafkaBrokers') }),
  timing,
})
