import zlib from 'node:zlib'
import type { CompressionName } from '../../src/index.ts'

/** zstd is in Node from 22.15 on. */
export const hasZstd: boolean = 'zstdCompressSync' in zlib

/** What this Node can do. */
export const compressions: readonly CompressionName[] = [
  'none',
  'gzip',
  'snappy',
  'lz4',
  ...(hasZstd ? (['zstd'] as const) : []),
]
