import { rocksdbStore } from '@faust/store-rocksdb'

/** What the kit's crash test starts in a process of its own. */
export const createStore = (directory) => rocksdbStore({ directory })
