import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { embeddedTransport, type Store, type Transport } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { kafkajsTransport } from '@faust/transport-kafkajs'

/** What the command line asks for. */
export interface Options {
  /** On what the topics are. */
  readonly transport: Transport
  /** Undefined: tables are kept in memory. */
  readonly store: Store | undefined
  /** What outlives the run, in words; undefined when nothing does. */
  readonly kept: string | undefined
  /** Flights a second that are fed. */
  readonly rate: number
  /** How many processes share the work. */
  readonly workers: number
  /** Which of them this is, counted from 1. The first one feeds and starts the others. */
  readonly worker: number
}

/**
 * - `--data <directory>` (or FLIGHTS_DATA) keeps the tables there, and the embedded log;
 * - `--kafka <brokers>` (or KAFKA_BROKERS) takes Kafka instead of the embedded log;
 * - `--rate <n>` feeds n flights a second instead of 5,000;
 * - `--workers <n>` shares the work between n processes, on Kafka.
 */
export function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: process.env['FLIGHTS_DATA'] ?? '' },
      kafka: { type: 'string', default: process.env['KAFKA_BROKERS'] ?? '' },
      rate: { type: 'string', default: '5000' },
      workers: { type: 'string', default: '1' },
      worker: { type: 'string', default: '1' },
    },
  })
  const { data, kafka } = values
  const rate = Number(values.rate)
  if (!(rate > 0)) throw new RangeError(`--rate is ${values.rate}, not a number above 0 (Infinity is one)`)
  const workers = Number(values.workers)
  if (!(Number.isInteger(workers) && workers > 0)) throw new RangeError(`--workers is ${values.workers}, not 1 or more`)
  if (workers > 1 && kafka === '') throw new RangeError('--workers needs Kafka: the embedded log is in one process')

  const worker = Number(values.worker)
  return {
    transport:
      kafka === ''
        ? embeddedTransport(data === '' ? {} : { directory: join(data, 'log') })
        : kafkajsTransport({ brokers: kafka.split(',') }),
    store: data === '' ? undefined : levelStore({ directory: join(data, worker === 1 ? 'state' : `state-${worker}`) }),
    kept:
      data === ''
        ? undefined
        : kafka === ''
          ? `Log and tables are in ${data}`
          : `The topics are in Kafka, the tables in ${data}`,
    rate,
    workers,
    worker,
  }
}
