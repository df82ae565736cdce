/** How the records of a batch can be packed, under the names of Kafka's setting `compression.type`. */
export type CompressionName = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** The names by the number in the attributes of a batch: https://kafka.apache.org/documentation/#recordbatch */
export const COMPRESSIONS: readonly CompressionName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

export function compressionId(name: CompressionName): number {
  return COMPRESSIONS.indexOf(name)
}

/**
 * One way of packing bytes. Both calls are synchronous, and one batch at a time: whoever reads many yields in between.
 */
export interface Codec {
  compress(bytes: Uint8Array): Uint8Array
  /**
   * Throws when the bytes are not what this codec packs, or when they unpack to more than `maxSize`; the second before so
   * much memory is taken.
   */
  decompress(bytes: Uint8Array, maxSize: number): Uint8Array
}

/** The codecs of a transport. */
export interface Codecs {
  /** How many bytes one batch may unpack to. */
  readonly maxDecompressedSize: number
  /** `FAUST_NOT_SUPPORTED` when it is not there; the message says what to install. */
  byName(name: CompressionName): Codec
  /** By the number in a batch. `FAUST_NOT_SUPPORTED` also for one that Kafka has not had so far. */
  byId(id: number): Codec
}
