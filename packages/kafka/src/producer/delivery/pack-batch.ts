import type { FaustError, OutgoingRecord } from '@faust/core'
import { BatchBuilder } from '../../records/batch-builder.ts'
import type { Codecs, CompressionName } from '../../records/compression/codec.ts'
import { unwritable } from '../faults.ts'
import type { ProducerIdentity } from '../identity.ts'
import type { Flight, Lane } from '../queue/lane.ts'
import { countOf } from '../queue/pending-send.ts'
import type { Part, PendingSend } from '../queue/pending-send.ts'

/** How batches are made. */
export interface Packing {
  /** Bytes of a batch before compression; a record larger than that makes one alone. */
  readonly batchSize: number
  readonly compression: CompressionName
  readonly codecs: Codecs
  readonly transactional: boolean
  /** Sequence of the first record of every partition. */
  readonly firstSequence: number
  /** A record cannot be written at all: its send is refused. */
  readonly onUnwritable: (send: PendingSend, error: FaustError) => void
}

/** A batch that may still be given up. */
interface Draft {
  readonly builder: BatchBuilder
  readonly parts: readonly Part[]
  readonly since: number
  readonly unsure: boolean
}

/** Brokers close the connection on larger requests (socket.request.max.bytes, 100 MiB): such a record is refused here. */
const LARGEST = 100 * 1024 * 1024 - 4096
/** Bytes of a record besides key, value and headers, at most. */
const RECORD_OVERHEAD = 32
/** Bytes of a header besides name and value, at most. */
const HEADER_OVERHEAD = 10
/** Bytes of a character of a header's name, at most. */
const CHARACTER = 3

/** Makes the next batch of a lane; null when nothing of it is left. Encodes here and once: not at the call, not at a repetition. */
export function packBatch(lane: Lane, identity: ProducerIdentity, packing: Packing): Flight | null {
  for (;;) {
    const portion = lane.portions[0]
    const draft = portion === undefined ? fill(lane, packing) : refill(lane, portion, packing)
    // A send had to be refused: again without it.
    if (draft === null) continue
    if (portion !== undefined) lane.portions.shift()
    for (const { send, to } of draft.parts) send.taken = Math.max(send.taken, to)
    if (draft.parts.length > 0) return seal(lane, identity, packing, draft)
    if (portion === undefined) return null
  }
}

/** As many of the waiting records as one batch takes. */
function fill(lane: Lane, packing: Packing): Draft | null {
  const builder = new BatchBuilder(Math.min(lane.lastSize, packing.batchSize))
  const parts: Part[] = []
  const since = lane.head?.since ?? 0
  for (let index = 0; ; index++) {
    const send = lane.peek(index)
    if (send === undefined) break
    if (send.error !== null) continue
    const to = write(builder, lane, { send, from: send.taken, to: send.records.length }, packing)
    if (to < 0) return null
    if (to > send.taken) parts.push({ send, from: send.taken, to })
    if (to < send.records.length) break
  }
  return { builder, parts, since, unsure: false }
}

/** What is left of a portion. It fits, as it was part of a batch before. */
function refill(lane: Lane, portion: Lane['portions'][number], packing: Packing): Draft | null {
  const parts = portion.parts.filter(({ send }) => send.error === null)
  const builder = new BatchBuilder(Math.min(lane.lastSize, packing.batchSize))
  for (const part of parts) if (write(builder, lane, part, { ...packing, batchSize: Infinity }) < 0) return null
  return { builder, parts, since: portion.since, unsure: portion.unsure }
}

/** Writes records until the batch is full; answers behind which one it stopped, or -1 when the send was refused. */
function write(builder: BatchBuilder, lane: Lane, { send, from, to }: Part, packing: Packing): number {
  const { records, timestamp } = send
  for (let index = from; index < to; index++) {
    try {
      const record = records[index] as OutgoingRecord
      const stamp = record.timestamp ?? timestamp
      if (builder.count > 0 && isFull(builder, record, stamp, packing.batchSize)) return index
      builder.add(record, stamp)
      if (builder.size > LARGEST) throw new RangeError(`it has ${builder.size} bytes, more than a request may have`)
    } catch (error) {
      packing.onUnwritable(send, unwritable(lane, index, error))
      return -1
    }
  }
  return to
}

function isFull(builder: BatchBuilder, record: OutgoingRecord, timestamp: number, limit: number): boolean {
  // The exact size is dear, so it is asked for near the limit only.
  return builder.size + roomFor(record) > limit && builder.sizeWith(record, timestamp) > limit
}

/** No record takes more. */
function roomFor({ key, value, headers }: OutgoingRecord): number {
  let room = RECORD_OVERHEAD + (key === null ? 0 : key.length) + (value === null ? 0 : value.length)
  if (headers === undefined) return room
  for (const [name, bytes] of headers) room += HEADER_OVERHEAD + name.length * CHARACTER + (bytes?.length ?? 0)
  return room
}

function seal(lane: Lane, identity: ProducerIdentity, packing: Packing, draft: Draft): Flight {
  const { builder, parts, since, unsure } = draft
  const { transactional, compression, codecs, firstSequence } = packing
  const { producerId, producerEpoch } = identity
  const sequence = lane.sequence(identity, firstSequence)
  lane.lastSize = builder.size
  lane.waitingBytes = 0
  const bytes = builder.seal({
    producerId,
    producerEpoch,
    baseSequence: sequence,
    transactional,
    compression,
    codecs,
  })
  return {
    lane,
    identity,
    parts,
    count: countOf(parts),
    sequence,
    bytes,
    since,
    tries: 0,
    dueAt: 0,
    travelling: false,
    unsure,
    damaged: 0,
    problem: null,
    abandoned: false,
  }
}
