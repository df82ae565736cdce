import { FaustError } from '@faust/core'
import { asBuffer, asPlain } from '../../wire/allocate.ts'
import type { Codec } from './codec.ts'
import { INDEPENDENT_BLOCKS, measureLz4Frame } from './lz4-frame.ts'

/** What is used of the package `lz4-napi`: frames. */
export interface Lz4Library {
  compressFrameSync(bytes: Uint8Array): Uint8Array
  decompressFrameSync(bytes: Uint8Array): Uint8Array
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
      const { length, maxContent } = measureLz4Frame(bytes)
      if (maxContent > maxSize) {
        throw new RangeError(`it may unpack to ${maxContent} bytes, more than the ${maxSize} allowed`)
      }
      return asPlain(library.decompressFrameSync(asBuffer(bytes.subarray(0, length))))
    },
  }
}
