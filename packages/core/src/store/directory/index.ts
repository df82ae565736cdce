// What a store on local disk stands on: a directory a worker, a folder a shard, one owner at a time. An engine brings the
// database, and this the rest of the contract.
export { codeOf } from './errors.ts'
export { directoryStore } from './directory-store.ts'
export type { EngineDatabase, StoreEngine } from './engine.ts'
