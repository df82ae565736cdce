import type { OutgoingRecord } from '@faust/core'
import { readInt16, writeInt16, writeInt32 } from '../wire/integers.ts'
import { VarintCursor } from '../wire/varint-cursor.ts'
import { BatchBuilder } from './batch-builder.ts'
import { MalformedRecord } from './malformed-record.ts'

/**
 * What a control batch says, by the second int16 of its record's key; the first is the version of the key, to which later
 * ones only add (Kafka's ControlRecordType). All but the first two belong to the broker's own log; what is unknown is
 * passed over.
 */
export const CONTROL = {
  abort: 0,
  commit: 1,
  leaderChange: 2,
  snapshotHeader: 3,
  snapshotFooter: 4,
  kraftVersion: 5,
  kraftVoters: 6,
} as const

/**
 * The type of a control batch, from its first record: `records` are its bytes behind the header. Only what the batch's
 * attributes call control is asked: a data record's key may look the same.
 */
export function controlType(records: Uint8Array): number {
  const cursor = new VarintCursor(records, 0)
  const length = cursor.varint()
  const end = cursor.at + length
  cursor.at++
  cursor.varlong()
  cursor.varint()
  const keyLength = cursor.varint()
  if (length < 0 || end > records.length || keyLength < 4 || cursor.at + keyLength > end) {
    throw new MalformedRecord('its control record has no valid key')
  }
  return readInt16(records, cursor.at + 2)
}

/** How a transaction ended, as the log shows it. */
export interface TransactionMarker {
  readonly type: 'commit' | 'abort'
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Epoch ms. */
  readonly timestamp: number
  readonly baseOffset: number
  readonly leaderEpoch: number
  /** Of the transaction coordinator that wrote it. Default 0. */
  readonly coordinatorEpoch?: number | undefined
}

/** The control batch that ends a transaction in one partition. Brokers write it, and doubles of them. */
export function encodeMarker(marker: TransactionMarker): Uint8Array {
  const key = new Uint8Array(4)
  writeInt16(key, 2, CONTROL[marker.type])
  // EndTxnMarker: a version, 0, and the coordinator's epoch.
  const value = new Uint8Array(6)
  writeInt32(value, 2, marker.coordinatorEpoch ?? 0)
  const record: OutgoingRecord = { key, value }
  const builder = new BatchBuilder()
  builder.add(record, marker.timestamp)
  return builder.seal({
    producerId: marker.producerId,
    producerEpoch: marker.producerEpoch,
    baseSequence: -1,
    transactional: true,
    control: true,
    compression: 'none',
    baseOffset: marker.baseOffset,
    leaderEpoch: marker.leaderEpoch,
  })
}
