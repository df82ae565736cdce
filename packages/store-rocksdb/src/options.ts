import { resolve } from 'node:path'
import { checkOptions, FaustError } from '@faust/core'

/** How and where `rocksdbStore` keeps its data. */
export interface RocksdbStoreOptions {
  /** Where the state of this worker lives; made when missing. No two workers at a time may use the same one. */
  readonly directory: string
  /**
   * Bytes that each open shard collects in memory and in its log before it sorts them into a file; up to two such
   * buffers exist at a time. The log is read again when the process died. Default 8 MiB.
   */
  readonly writeBufferSize?: number | undefined
  /** Bytes of a block, the unit in which files are read and cached. Default 8 KiB. */
  readonly blockSize?: number | undefined
  /**
   * Bits that the filters of each file spend on a key, so that most reads of missing keys touch no block: 10 let one in a
   * hundred through. 0 turns filters off. Default 10.
   */
  readonly bloomBits?: number | undefined
  /** Files that each open shard keeps open; -1 for all of them. Default -1. */
  readonly maxOpenFiles?: number | undefined
}

/** The options with their defaults, checked. */
export interface RocksdbSettings {
  /** Absolute, so that a later change of the working directory moves nothing. */
  readonly directory: string
  readonly writeBufferSize: number
  readonly blockSize: number
  readonly bloomBits: number
  readonly maxOpenFiles: number
}

const KIB = 2 ** 10
const MIB = 2 ** 20
const GIB = 2 ** 30

export function readOptions(options: RocksdbStoreOptions): RocksdbSettings {
  const known = ['directory', 'writeBufferSize', 'blockSize', 'bloomBits', 'maxOpenFiles']
  checkOptions('rocksdbStore', options, known)
  const { directory, writeBufferSize = 8 * MIB, blockSize = 8 * KIB, bloomBits = 10, maxOpenFiles = -1 } = options
  if (typeof directory !== 'string' || directory === '') {
    throw invalid('directory', directory, "the path of a directory, e.g. rocksdbStore({ directory: './state' })")
  }
  // RocksDB would silently take 64 KiB for a smaller buffer.
  checkWithin('writeBufferSize', writeBufferSize, 64 * KIB, GIB, 'bytes from 65536 (64 KiB) to 1073741824 (1 GiB)')
  checkWithin('blockSize', blockSize, KIB, 16 * MIB, 'bytes from 1024 (1 KiB) to 16777216 (16 MiB)')
  checkWithin('bloomBits', bloomBits, 0, 30, 'bits from 0 to 30')
  if (maxOpenFiles !== -1) checkWithin('maxOpenFiles', maxOpenFiles, 20, MIB, 'files of at least 20, or -1 for all')
  return { directory: resolve(directory), writeBufferSize, blockSize, bloomBits, maxOpenFiles }
}

function checkWithin(name: string, value: number, least: number, most: number, wanted: string): void {
  const ok = Number.isInteger(value) && value >= least && value <= most
  if (!ok) throw invalid(name, value, `a whole number of ${wanted}`)
}

function invalid(name: string, value: unknown, wanted: string): FaustError {
  return new FaustError(
    'FAUST_SETTING_INVALID',
    `rocksdbStore: ${name} is ${JSON.stringify(value)}, but has to be ${wanted}.`,
    { details: { setting: name } },
  )
}
