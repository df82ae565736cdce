import { FaustError } from '@faust/core'
import { COMPRESSIONS, type Codec, type Codecs, type CompressionName } from './codec.ts'
import { gzipCodec } from './gzip.ts'
import { lz4Codec, type Lz4Library } from './lz4.ts'
import { loadLz4, loadSnappy } from './optional-packages.ts'
import { snappyCodec, type SnappyLibrary } from './snappy.ts'
import { nodeZstd } from './zstd.ts'

/** What compresses beyond gzip, which Node has itself. */
export interface CodecOptions {
  /** `import * as snappy from 'snappy'`. Default: the package `snappy`, loaded when a batch first needs it. */
  readonly snappy?: SnappyLibrary | undefined
  /** `import * as lz4 from 'lz4-napi'`. Default: the package `lz4-napi`, loaded when a batch first needs it. */
  readonly lz4?: Lz4Library | undefined
  /** Default: Node's own, from 22.15 on. */
  readonly zstd?: Codec | undefined
  /** How many bytes one batch may unpack to. Default 128 MiB. A larger one counts as a record that can't be decoded. */
  readonly maxDecompressedSize?: number | undefined
}

const MAX_DECOMPRESSED_SIZE = 128 * 1024 * 1024

const none: Codec = { compress: (bytes) => bytes, decompress: (bytes) => bytes }

/** The codecs of one transport. Nothing is loaded before it is needed. */
export function createCodecs(options: CodecOptions = {}): Codecs {
  const { maxDecompressedSize = MAX_DECOMPRESSED_SIZE } = options
  if (!Number.isSafeInteger(maxDecompressedSize) || maxDecompressedSize < 1) {
    throw new FaustError(
      'FAUST_SETTING_INVALID',
      `maxDecompressedSize is ${maxDecompressedSize}: give it a whole number of bytes above 0`,
    )
  }
  const made = new Map<CompressionName, Codec>([['none', none]])
  const make: Readonly<Record<CompressionName, () => Codec>> = {
    none: () => none,
    gzip: () => gzipCodec,
    snappy: () => snappyCodec(options.snappy ?? loadSnappy()),
    lz4: () => lz4Codec(options.lz4 ?? loadLz4()),
    zstd: () => options.zstd ?? nodeZstd(),
  }
  const byName = (name: CompressionName): Codec => {
    let codec = made.get(name)
    if (codec === undefined) made.set(name, (codec = make[name]()))
    return codec
  }
  return {
    maxDecompressedSize,
    byName,
    byId(id) {
      const name = COMPRESSIONS[id]
      if (name !== undefined) return byName(name)
      throw new FaustError(
        'FAUST_NOT_SUPPORTED',
        `A batch of records is packed by codec ${id}, which this version does not know: use ${COMPRESSIONS.slice(1).join(', ')} ` +
          `or none, or a newer version of @faust/kafka`,
        { details: { codec: id } },
      )
    },
  }
}
