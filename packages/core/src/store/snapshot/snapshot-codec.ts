import { crc32 } from 'node:zlib'
import { FaustError } from '../../service/errors.ts'
import { decodeUtf8, encodeUtf8 } from '../../serializer/utf8.ts'
import type { ShardPosition, StoreItem } from '../store.ts'

/** What a snapshot is of. */
export interface SnapshotHeader {
  readonly table: string
  readonly partition: number
  /** How far the shard had followed its changelog. Items may be newer, but never older. */
  readonly position: ShardPosition
}

/** `FSN` and the version of the format. */
const MAGIC = Uint8Array.of(0x46, 0x53, 0x4e, 1)
/** Bytes of items that are written as one frame, unless one item is larger. */
const FRAME_BYTES = 256 * 1024
/** Larger frames are taken for damage. */
const MOST_FRAME_BYTES = 2 ** 31

/**
 * A snapshot as bytes: the magic, then frames of length, CRC-32 and payload. The first is the header as JSON, an empty
 * one the end; in between are items, each as length and bytes of key and value. Numbers have four bytes, big-endian.
 */
export async function* encodeSnapshot(
  header: SnapshotHeader,
  items: AsyncIterable<readonly StoreItem[]>,
): AsyncGenerator<Uint8Array> {
  yield MAGIC
  yield frame([encodeUtf8(JSON.stringify(header))])
  let parts: Uint8Array[] = []
  let size = 0
  for await (const some of items) {
    for (const { key, value } of some) {
      parts.push(number(key.length), key, number(value.length), value)
      size += 8 + key.length + value.length
      if (size < FRAME_BYTES) continue
      yield frame(parts)
      parts = []
      size = 0
    }
  }
  if (parts.length > 0) yield frame(parts)
  yield frame([])
}

/**
 * Reads a snapshot: first its header, then its items, some at a time. `FAUST_STORE_FAILED` when it is damaged or ends
 * early; what came before that must not be used alone.
 */
export async function* decodeSnapshot(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<SnapshotHeader | readonly StoreItem[]> {
  const source = chunks[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)
  const take = async (length: number): Promise<Uint8Array> => {
    const parts = [rest]
    let have = rest.length
    while (have < length) {
      const next = await source.next()
      if (next.done === true) throw damaged('it ends early')
      parts.push(next.value)
      have += next.value.length
    }
    const all = parts.length === 1 ? rest : concat(parts, have)
    rest = all.subarray(length)
    return all.subarray(0, length)
  }
  try {
    const magic = await take(MAGIC.length)
    if (magic.some((byte, index) => byte !== MAGIC[index])) throw damaged('it does not begin as one')
    for (let first = true; ; first = false) {
      const head = await take(8)
      const view = new DataView(head.buffer, head.byteOffset, 8)
      const [length, sum] = [view.getUint32(0), view.getUint32(4)]
      if (length >= MOST_FRAME_BYTES) throw damaged('a length in it is wrong')
      const payload = await take(length)
      if (crc32(payload) !== sum) throw damaged('a checksum in it is wrong')
      if (first) yield JSON.parse(decodeUtf8(payload) ?? '') as SnapshotHeader
      else if (length === 0) return
      else yield itemsOf(payload)
    }
  } finally {
    await source.return?.()
  }
}

function itemsOf(payload: Uint8Array): readonly StoreItem[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  const items: StoreItem[] = []
  let at = 0
  const bytes = (): Uint8Array => {
    const end = at + 4 + view.getUint32(at)
    const found = payload.subarray(at + 4, end)
    at = end
    return found
  }
  while (at < payload.length) items.push({ key: bytes(), value: bytes() })
  return items
}

function frame(parts: readonly Uint8Array[]): Uint8Array {
  const payload = concat(
    parts,
    parts.reduce((sum, { length }) => sum + length, 0),
  )
  return concat([number(payload.length), number(crc32(payload)), payload], 8 + payload.length)
}

function number(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function damaged(how: string): FaustError {
  return new FaustError('FAUST_STORE_FAILED', `A snapshot can't be read: ${how}. Take a new one.`)
}
