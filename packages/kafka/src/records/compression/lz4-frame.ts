// https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md, as far as Kafka's Lz4BlockInputStream reads it.

const MAGIC = 0x184d_2204
/** Bits of the frame's first flag byte. */
export const INDEPENDENT_BLOCKS = 0x20
const BLOCK_CHECKSUMS = 0x10
const CONTENT_SIZE = 0x08
const CONTENT_CHECKSUM = 0x04
const RESERVED = 0x03
const VERSION_MASK = 0xc0
const VERSION_1 = 0x40
/** Set in a block's size when the block is stored as it is. */
const STORED = 0x8000_0000

/** No sequence of an LZ4 block makes more than this many bytes of one. */
const MAX_RATIO = 255

/** How long a frame is, and what it can unpack to at the most. */
export interface Lz4FrameSize {
  /** Bytes from its magic number to its end. What follows is not looked at, as Java does not. */
  readonly length: number
  /** An upper bound: that of an ordinary frame, whose blocks are full but for the last, is less than a block too high. */
  readonly maxContent: number
  readonly maxBlock: number
}

/** Walks over a frame's blocks without unpacking them. Throws when it is none, or cut short. */
export function measureLz4Frame(bytes: Uint8Array): Lz4FrameSize {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 7 || view.getUint32(0, true) !== MAGIC) throw new RangeError('this is no lz4 frame')
  const flags = bytes[4]!
  if ((flags & VERSION_MASK) !== VERSION_1 || (flags & RESERVED) !== 0) {
    throw new RangeError('this lz4 frame has a version or a flag that is not known')
  }
  const sizeClass = (bytes[5]! >> 4) & 0x07
  if (sizeClass < 4) throw new RangeError('this lz4 frame has no valid block size')
  // 64 KB, 256 KB, 1 MB or 4 MB.
  const maxBlock = 1 << (2 * sizeClass + 8)
  const trailer = (flags & BLOCK_CHECKSUMS) === 0 ? 0 : 4

  let at = 7 + ((flags & CONTENT_SIZE) === 0 ? 0 : 8)
  let maxContent = 0
  while (at + 4 <= bytes.length) {
    const word = view.getUint32(at, true)
    at += 4
    if (word === 0) {
      at += (flags & CONTENT_CHECKSUM) === 0 ? 0 : 4
      if (at <= bytes.length) return { length: at, maxContent, maxBlock }
      break
    }
    const size = word % STORED
    if (size > maxBlock) throw new RangeError('a block of this lz4 frame is larger than the frame allows')
    maxContent += word >= STORED ? size : Math.min(maxBlock, size * MAX_RATIO)
    at += size + trailer
  }
  throw new RangeError('this lz4 frame is cut short')
}
