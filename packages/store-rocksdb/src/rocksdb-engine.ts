import { messageOf } from '@faust/core'
import type { StoreEngine } from '@faust/core/directory-store'
import { loadNative } from './native.ts'
import type { RocksdbSettings } from './options.ts'
import { openDatabase } from './rocksdb-database.ts'
import type { RocksDBModule } from './rocksdb-native.ts'

/** RocksDB as an engine of core's store on disk. */
export function rocksdbEngine(settings: RocksdbSettings): StoreEngine {
  let module: RocksDBModule | undefined
  const native = (): RocksDBModule => (module ??= loadNative())
  return {
    name: 'store-rocksdb',
    factory: 'rocksdbStore',
    directory: settings.directory,
    async prepare() {
      native()
    },
    async lock(path) {
      const db = new (native())(path)
      await db.ready()
      return db
    },
    open: (path) => openDatabase(native(), path, settings),
    // RocksDB's binding gives all of them one code.
    isLocked: (error) => /lock hold by|while lock file/i.test(messageOf(error)),
    isDamaged: (error) => /corrupt|checksum|CURRENT file|MANIFEST/i.test(messageOf(error)),
  }
}
