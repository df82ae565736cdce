export { rocksdbStore } from './rocksdb-store.ts'
export type { RocksdbStoreOptions } from './options.ts'
