import { FaustError } from '@faust/core'
import { asBuffer, asPlain } from '../../wire/allocate.ts'
import type { Codec } from './codec.ts'
import { INDEPENDENT_BLOCKS, measureLz4Frame } from './lz4-frame.ts'

/** What is used of the package `lz4-napi`: frames. It is given bytes, never text. */
export interface Lz4Library {
  compressFrameSync(bytes: Uint8Array | string): Uint8Array
  decompressFrameSync(bytes: Uint8Array | string): Uint8Array
}

export function lz4Codec(library: Lz4Library): Codec {
  return {
    compress(bytes) {
      const frame = asPlain(library.compressFrameSync(asBuffer(bytes)))
      if ((frame[4]! & INDEPENDENT_BLOCKS) !== 0) return frame
      // Every Java consumer would stop at it: Lz4BlockInputStream refuses blocks that need the ones before.
      throw new FaustError(
        'FAUST_NOT_SUPPORTED',
        'The lz4 package writes blocks that depend on each other, which Kafka does not read: use lz4-napi 2.10 or later',
        { details: { codec: 'lz4' } },
      )
    },
    decompress(bytes, maxSize) {
      const { length, maxContent, maxBlock } = measureLz4Frame(bytes)
      const tooLarge = (size: number): RangeError =>
        new RangeError(`it unpacks to ${size} bytes, more than the ${maxSize} allowed`)
      if (maxContent > maxSize + maxBlock) throw tooLarge(maxContent)
      const content = asPlain(library.decompressFrameSync(asBuffer(bytes.subarray(0, length))))
      if (content.length > maxSize) throw tooLarge(content.length)
      return content
    },
  }
}
