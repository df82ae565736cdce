import { allocate, asPlain } from '../../wire/allocate.ts'
import { readInt32, writeInt32 } from '../../wire/integers.ts'
import type { Codec } from './codec.ts'

/** What is used of the package `snappy`. It packs raw blocks. */
export interface SnappyLibrary {
  compressSync(bytes: Uint8Array): Uint8Array
  uncompressSync(bytes: Uint8Array): Uint8Array | string
}

/**
 * What Java's SnappyOutputStream begins with (xerial's framing, which Kafka's Java client writes and demands): magic, its
 * version and the lowest version that reads it. Chunks follow: length as int32, raw block.
 */
const XERIAL = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00, 0, 0, 0, 1, 0, 0, 0, 1)
const XERIAL_MAGIC = 8

/** Java's default. Snappy itself looks no further back than 64 KB. */
const CHUNK = 32 * 1024

/** Three bytes make at most 64: whatever promises more is no snappy. */
const MAX_RATIO = 22

export function snappyCodec(library: SnappyLibrary): Codec {
  return {
    compress(bytes) {
      const chunks: Uint8Array[] = []
      let size = XERIAL.length
      for (let at = 0; at < bytes.length; at += CHUNK) {
        const chunk = library.compressSync(bytes.subarray(at, at + CHUNK))
        chunks.push(chunk)
        size += 4 + chunk.length
      }
      const packed = allocate(size)
      packed.set(XERIAL)
      let at = XERIAL.length
      for (const chunk of chunks) {
        writeInt32(packed, at, chunk.length)
        packed.set(chunk, at + 4)
        at += 4 + chunk.length
      }
      return packed
    },

    decompress(bytes, maxSize) {
      // librdkafka writes one raw block, without a frame.
      const blocks = isXerial(bytes, 0) ? xerialBlocks(bytes) : [bytes]
      const sizes = blocks.map(unpackedSize)
      const size = sizes.reduce((sum, more) => sum + more, 0)
      if (size > maxSize) throw new RangeError(`it unpacks to ${size} bytes, more than the ${maxSize} allowed`)
      if (blocks.length === 1) return uncompress(library, blocks[0]!)
      const whole = allocate(size)
      let at = 0
      for (const [index, block] of blocks.entries()) {
        const part = uncompress(library, block)
        if (part.length !== sizes[index]) throw new RangeError('a snappy block is not as long as it says')
        whole.set(part, at)
        at += part.length
      }
      return whole
    },
  }
}

function isXerial(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < XERIAL_MAGIC; i++) if (bytes[at + i] !== XERIAL[i]) return false
  return true
}

/** The raw blocks of a stream, and of streams in a row, which Java reads too. */
function xerialBlocks(bytes: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = []
  let at = 0
  while (at < bytes.length) {
    if (isXerial(bytes, at)) {
      at += XERIAL.length
      if (at > bytes.length) throw new RangeError('the header of snappy data is cut short')
      continue
    }
    const length = at + 4 <= bytes.length ? readInt32(bytes, at) : -1
    at += 4
    if (length < 0 || length > bytes.length - at) throw new RangeError('a snappy chunk is cut short')
    blocks.push(bytes.subarray(at, at + length))
    at += length
  }
  return blocks
}

/** What a raw block says it unpacks to: a varint without sign at its beginning. */
function unpackedSize(block: Uint8Array): number {
  let size = 0
  for (let i = 0; i < 5; i++) {
    const byte = block[i]
    if (byte === undefined) break
    size += (byte & 0x7f) * 0x80 ** i
    if (byte >= 0x80) continue
    if (size > block.length * MAX_RATIO) break
    return size
  }
  throw new RangeError('this is no snappy block')
}

function uncompress(library: SnappyLibrary, block: Uint8Array): Uint8Array {
  const bytes = library.uncompressSync(block)
  if (typeof bytes === 'string') throw new TypeError('the snappy package gave text instead of bytes')
  return asPlain(bytes)
}
