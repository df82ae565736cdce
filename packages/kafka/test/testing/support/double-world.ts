import { createEmbeddedLog, silentLogger } from '@faust/core'
import type { EmbeddedLog, OutgoingRecord } from '@faust/core'
import { seededRandom, virtualClock } from '@faust/testing'
import type { SeededRandom, VirtualClock } from '@faust/testing'
import { brokerDouble, randomFaults } from '../../../src/testing/index.ts'
import type { BrokerDouble, DoubleTransport, DoubleTransportOptions, Faults } from '../../../src/testing/index.ts'

export const TOPIC = 'orders'
export const PARTITIONS = 4

export interface DoubleWorld {
  readonly clock: VirtualClock
  readonly random: SeededRandom
  readonly log: EmbeddedLog
  readonly double: BrokerDouble
  /** Faults of this world's chance. */
  readonly chance: (rate: number) => Faults
  /** A client of its own, started. */
  client(options?: DoubleTransportOptions): Promise<DoubleTransport>
  pause(ms: number): Promise<void>
}

/** A double with one topic of four partitions. */
export function doubleWorld(seed = 1, nodes = 3): DoubleWorld {
  const clock = virtualClock({ seed })
  const random = seededRandom(seed)
  const log = createEmbeddedLog({ clock })
  log.createTopics([{ name: TOPIC, partitions: PARTITIONS }])
  const double = brokerDouble({ log, clock, nodes })
  return {
    clock,
    random,
    log,
    double,
    chance: (rate) => randomFaults({ random: random.next, rate }),
    async client(options) {
      const transport = double.transport(options)
      await transport.start({ app: 'app', clock, logger: silentLogger })
      return transport
    },
    pause: (ms) => new Promise((resolve) => void clock.setTimeout(resolve, ms)),
  }
}

/** What read-committed readers see of a partition, by the log itself. */
export function committedValues({ log }: DoubleWorld, partition: number, topic = TOPIC): string[] {
  const values: string[] = []
  for (let offset = 0; ;) {
    const request = { isolation: 'read-committed', maxWait: 0, maxRecords: 10_000, maxBytes: 2 ** 30 } as const
    const answers = log.fetch({ ...request, partitions: [{ topic, partition, offset }] })
    if (answers instanceof Promise) throw new Error('It was not to wait')
    if (answers[0] === undefined) return values
    if (answers[0].error !== 0) throw new Error(`The log answers ${answers[0].error} for offset ${offset}`)
    values.push(...answers[0].records.map(({ value }) => new TextDecoder().decode(value ?? undefined)))
    offset = answers[0].nextOffset
  }
}

export function record(value: string): OutgoingRecord {
  return { key: null, value: new TextEncoder().encode(value) }
}

/** The code of what a promise was rejected with, or what it gave. */
export async function outcome<T>(promise: Promise<T>): Promise<T | { readonly code: string }> {
  return promise.catch((error: unknown) => ({ code: (error as { readonly code: string }).code }))
}
