import type { Store } from '@faust/core'
import { directoryStore } from '@faust/core/directory-store'
import type { RocksdbStoreOptions } from './options.ts'
import { readOptions } from './options.ts'
import { rocksdbEngine } from './rocksdb-engine.ts'

/**
 * Keeps tables on this machine's disk, each shard in a RocksDB of its own: a worker that starts again reads only what
 * its changelogs got since. Throws `FAUST_SETTING_INVALID`; touches nothing before its app starts.
 */
export function rocksdbStore(options: RocksdbStoreOptions): Store {
  return directoryStore(rocksdbEngine(readOptions(options)))
}
