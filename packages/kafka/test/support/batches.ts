import type { IncomingRecord, OutgoingRecord } from '@faust/core'
import {
  BatchBuilder,
  createCodecs,
  RecordsReader,
  type AbortedTransaction,
  type BatchSeal,
  type Codecs,
} from '../../src/index.ts'
import { writeInt32 } from '../../src/wire/integers.ts'
import { crc32c } from '../../src/records/crc32c.ts'
import { bytes, text } from './bytes.ts'

export const codecs: Codecs = createCodecs()

/** A record of a test: timestamps are given with it, offsets where they are not 0, 1, 2 … */
export interface Stamped extends OutgoingRecord {
  readonly timestamp: number
  readonly delta?: number | undefined
}

/** A record `key=value` at a time. */
export function record(key: string | null, value: string | null, timestamp = 1000): Stamped {
  return { key: key === null ? null : bytes(key), value: value === null ? null : bytes(value), timestamp }
}

/** A batch as a producer without idempotence writes it, or as `seal` says. */
export function batch(records: readonly Stamped[], seal: Partial<BatchSeal> = {}): Uint8Array {
  const builder = new BatchBuilder()
  for (const one of records) builder.add(one, one.timestamp, one.delta)
  return builder.seal({
    producerId: -1n,
    producerEpoch: -1,
    baseSequence: -1,
    transactional: false,
    compression: 'none',
    codecs,
    ...seal,
  })
}

/** What reading gave, all of it. */
export interface ReadAll {
  readonly records: readonly IncomingRecord[]
  readonly position: number
  readonly leaderEpoch: number
  readonly sizes: readonly number[]
}

export interface ReadOptions {
  readonly position?: number
  readonly aborted?: readonly AbortedTransaction[] | null
  readonly codecs?: Codecs
  readonly checkCrc?: boolean
}

export function reader(from: Uint8Array, options: ReadOptions = {}): RecordsReader {
  return new RecordsReader({
    topic: 'orders',
    partition: 3,
    bytes: from,
    position: options.position ?? 0,
    aborted: options.aborted ?? null,
    codecs: options.codecs ?? codecs,
    checkCrc: options.checkCrc,
  })
}

export function readAll(from: Uint8Array, options?: ReadOptions): ReadAll {
  const source = reader(from, options)
  const records: IncomingRecord[] = []
  const sizes: number[] = []
  for (let some = source.read(); some !== null; some = source.read()) {
    records.push(...some)
    sizes.push(source.size)
  }
  return { records, position: source.position, leaderEpoch: source.leaderEpoch, sizes }
}

/** `offset:key=value` of each. */
export function shown(records: Iterable<IncomingRecord>): string[] {
  return Array.from(records, ({ offset, key, value, error }) =>
    error === undefined ? `${offset}:${text(key)}=${text(value)}` : `${offset}:${error.code}`,
  )
}

/** Corrects the checksum of a batch that was changed by hand. */
export function resealed(changed: Uint8Array): Uint8Array {
  writeInt32(changed, 17, crc32c(changed, 21, changed.length))
  return changed
}
