import zlib from 'node:zlib'
import { FaustError } from '@faust/core'
import { asPlain } from '../../wire/allocate.ts'
import type { Codec } from './codec.ts'

/** What `node:zlib` has since Node 22.15 and 23.8; looked up at run time, because Node 20 is supported too. */
interface NodeZstd {
  readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array
}

export function nodeZstd(): Codec {
  const { zstdCompressSync, zstdDecompressSync } = zlib as NodeZstd
  if (zstdCompressSync === undefined || zstdDecompressSync === undefined) {
    throw new FaustError(
      'FAUST_NOT_SUPPORTED',
      `Records are compressed by zstd, which Node has from 22.15 on and this is ${process.versions.node}: run a newer Node, ` +
        `or hand over a codec as the option \`codecs: { zstd }\``,
      { details: { codec: 'zstd' } },
    )
  }
  return {
    compress: (bytes) => asPlain(zstdCompressSync(bytes)),
    decompress: (bytes, maxSize) => asPlain(zstdDecompressSync(bytes, { maxOutputLength: maxSize })),
  }
}
