import { createEmbeddedLog } from '../../../../src/transport/embedded/log/embedded-log.ts'
import type { EmbeddedLog } from '../../../../src/transport/embedded/log/embedded-log.ts'
import type { EmbeddedLogOptions } from '../../../../src/transport/embedded/log/log-options.ts'
import { embeddedTransport } from '../../../../src/transport/embedded/embedded-transport.ts'
import type {
  EmbeddedTransport,
  EmbeddedTransportOptions,
} from '../../../../src/transport/embedded/embedded-transport.ts'
import type { Clock } from '../../../../src/service/clock.ts'
import type { Logger } from '../../../../src/service/logger.ts'
import type { IncomingRecord, OutgoingRecord, RecordBatch } from '../../../../src/transport/record.ts'
import { manualClock } from './manual-clock.ts'
import type { ManualClock } from './manual-clock.ts'

export const SILENT: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  child: () => SILENT,
}

/** A log with its clock, and workers on it. */
export interface Fixture {
  readonly clock: ManualClock
  readonly log: EmbeddedLog
  worker(options?: EmbeddedTransportOptions, own?: Clock): Promise<EmbeddedTransport>
}

export function fixture(options: Omit<EmbeddedLogOptions, 'clock'> = {}): Fixture {
  const clock = manualClock()
  const log = createEmbeddedLog({ clock, ...options })
  return {
    clock,
    log,
    worker: async (more = {}, own = clock) => {
      const transport = embeddedTransport({ log, ...more })
      await transport.start({ app: 'test', clock: own, logger: SILENT })
      return transport
    },
  }
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function text(value: Uint8Array | null): string | null {
  return value === null ? null : new TextDecoder().decode(value)
}

export function record(key: string | null, value: string | null, timestamp?: number): OutgoingRecord {
  return { key: key === null ? null : bytes(key), value: value === null ? null : bytes(value), timestamp }
}

/** Values of records, in order. */
export function valuesOf(records: Iterable<IncomingRecord>): (string | null)[] {
  return Array.from(records, ({ value }) => text(value))
}

/** Values of all records of some batches, in order. */
export function valuesIn(batches: readonly RecordBatch[]): (string | null)[] {
  return batches.flatMap(({ records }) => valuesOf(records))
}
