import type { MaybePromise } from '../../service/maybe-promise.ts'
import type { ShardPosition, ShardUse, StoreBatch, StoreItem, StoreRange } from '../store.ts'

/** What a store on local disk has to know of the database that does the work. */
export interface StoreEngine {
  /** The store's name: `store-level`. */
  readonly name: string
  /** What its user calls: `levelStore`. */
  readonly factory: string
  /** Where the state of this worker lives, absolute. */
  readonly directory: string
  /** Rejects when this machine can't run the engine, and says what to do. Called once, before anything else. */
  readonly prepare?: (() => Promise<void>) | undefined
  /**
   * Opens a database without content at a path, for its lock: it keeps every other process out until it is closed or this
   * process dies, however it dies. The path's parent is there, the path itself is the engine's to make, as a file or a folder, with
   * nothing beside it. Called once a path and process.
   */
  lock(path: string): Promise<{ close(): Promise<void> }>
  /** Opens the database of one shard at a path, as for `lock`, making it when missing. Rejects with the engine's own error. */
  open(path: string): Promise<EngineDatabase>
  /** Whether this error says that another process has the database. */
  isLocked(error: unknown): boolean
  /** Whether this error says that files are damaged. */
  isDamaged(error: unknown): boolean
}

/**
 * The database of one shard. Calls come only while it is open, writes and clears one at a time, reads at any time. Its
 * errors may be the engine's own: who calls it gives them their code and words.
 */
export interface EngineDatabase {
  /** As it was read at the open. */
  readonly position: ShardPosition | null
  get(key: Uint8Array): MaybePromise<Uint8Array | undefined>
  /** As of one moment; `isWriting` says that a write is under way, which may land between two reads. */
  getMany(keys: readonly Uint8Array[], isWriting: boolean): MaybePromise<readonly (Uint8Array | undefined)[]>
  /** The entries as they are at the call, as `Shard.range` gives them. */
  range(range: StoreRange): AsyncIterable<readonly StoreItem[]>
  /**
   * All of it or nothing. Has gone through the entries when it returns, and holds nothing of them: best it is no async
   * function. What goes wrong until then is thrown, not rejected, and nothing is written.
   */
  write(batch: StoreBatch): Promise<void>
  /** Takes entries and position away, as one. */
  clear(): Promise<void>
  /** Readies the database for another use, as `Shard.tune` says; may be left out. Takes turns with writes. */
  tune?(use: ShardUse): Promise<void>
  /** Waits for reads under way, ends ranges that were left open. */
  close(): Promise<void>
}
