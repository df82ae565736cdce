import { resolve } from 'node:path'
import { checkOptions, FaustError } from '@faust/core'

/** How and where `levelStore` keeps its data. */
export interface LevelStoreOptions {
  /** Where the state of this worker lives; made when missing. No two workers at a time may use the same one. */
  readonly directory: string
  /** Bytes of uncompressed blocks that each open shard keeps in memory. Default 1 MiB. */
  readonly cacheSize?: number | undefined
  /**
   * Bytes that each open shard collects in memory and in its log before it sorts them into a file; up to two such
   * buffers exist at a time. The log is read again at the next open. Default 4 MiB.
   */
  readonly writeBufferSize?: number | undefined
  /**
   * `writeBufferSize` of a shard while a restore of many records fills it: the shard is opened with it, and again without it
   * when the restore is done. Default 8 MiB, or `writeBufferSize` where that is more.
   */
  readonly restoreBufferSize?: number | undefined
  /** Compress the files with Snappy. Default true. */
  readonly compression?: boolean | undefined
  /** Wait for the disk at every write, so that a power cut costs no write that had settled. Default false. */
  readonly sync?: boolean | undefined
}

/** The options with their defaults, checked. */
export interface LevelSettings {
  /** Absolute, so that a later change of the working directory moves nothing. */
  readonly directory: string
  readonly cacheSize: number
  readonly writeBufferSize: number
  readonly restoreBufferSize: number
  readonly compression: boolean
  readonly sync: boolean
}

const MIB = 2 ** 20
/** LevelDB takes sizes as 32-bit numbers. */
const MAX_SIZE = 2 ** 30

export function readOptions(options: LevelStoreOptions): LevelSettings {
  const known = ['directory', 'cacheSize', 'writeBufferSize', 'restoreBufferSize', 'compression', 'sync']
  checkOptions('levelStore', options, known)
  const { directory, cacheSize = MIB, writeBufferSize = 4 * MIB, compression = true, sync = false } = options
  if (typeof directory !== 'string' || directory === '') {
    throw invalid('directory', directory, "the path of a directory, e.g. levelStore({ directory: './state' })")
  }
  checkSize('cacheSize', cacheSize)
  checkSize('writeBufferSize', writeBufferSize)
  const { restoreBufferSize = Math.max(writeBufferSize, 8 * MIB) } = options
  checkSize('restoreBufferSize', restoreBufferSize)
  return { directory: resolve(directory), cacheSize, writeBufferSize, restoreBufferSize, compression, sync }
}

function checkSize(name: string, size: number): void {
  // LevelDB would silently take 64 KiB for a smaller buffer.
  const ok = Number.isInteger(size) && size >= 65_536 && size <= MAX_SIZE
  if (!ok) throw invalid(name, size, 'a whole number of bytes from 65536 (64 KiB) to 1073741824 (1 GiB)')
}

function invalid(name: string, value: unknown, wanted: string): FaustError {
  return new FaustError(
    'FAUST_SETTING_INVALID',
    `levelStore: ${name} is ${JSON.stringify(value)}, but has to be ${wanted}.`,
    {
      details: { setting: name },
    },
  )
}
