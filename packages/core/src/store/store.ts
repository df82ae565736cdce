import type { Adapter } from '../service/adapter.ts'
import type { MaybePromise } from '../service/maybe-promise.ts'

/** The version of the store contract that this core speaks. */
export const STORE_CONTRACT = 1

/** What a store can do beyond what every one must; claimed is tested, unclaimed throws `FAUST_NOT_SUPPORTED`. */
export interface StoreSupports {
  /** Shards are there again after the process died. */
  readonly persistent: boolean
  /** All workers reach the same shards: no standbys are kept and a restore reads only the tail. */
  readonly shared: boolean
  /** `identity` gives a name that is kept beside the data. */
  readonly identity: boolean
}

/** How far a shard has followed its changelog. Written and read back as one with the entries it belongs to. */
export interface ShardPosition {
  /** The changelog's topic id: a topic made again under the same name is another log. */
  readonly log: string
  /** The offset of the last changelog record that the shard holds. */
  readonly offset: number
  /** Epoch ms of the clock when the batch was written. */
  readonly time: number
  /** A short text that core keeps with it, else ''. */
  readonly note: string
}

/** One change: `null` deletes the key. Keys order as unsigned bytes, the shorter first where one begins the other. */
export interface StoreEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

/** What is written as one. */
export interface StoreBatch {
  readonly entries: Iterable<StoreEntry>
  readonly position: ShardPosition
}

/** A key with its value, as a range gives it. */
export interface StoreItem {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Bounds of a range; without any, everything. */
export interface StoreRange {
  readonly gte?: Uint8Array | undefined
  readonly gt?: Uint8Array | undefined
  readonly lte?: Uint8Array | undefined
  readonly lt?: Uint8Array | undefined
  /** From the largest key down. Default false. */
  readonly reverse?: boolean | undefined
  /** Default no limit. */
  readonly limit?: number | undefined
}

/** How a shard is opened. */
export interface OpenShard {
  /** `active` is written by a task, `standby` follows a changelog; both write the same way. */
  readonly mode: 'active' | 'standby'
  /**
   * The group generation of the opener, at least 0. In a shared store opening raises it atomically, so that the shard of
   * an earlier, lower opener can't write any more, and a lower one than the last is refused (`FAUST_STORE_FENCED`). In
   * a store that one process has to itself the last opener always wins, whatever its number: generations begin anew
   * when a group was deleted.
   */
  readonly epoch: number
}

/** What a shard is used for: `restore` writes many large batches one after another and reads nothing, `serve` does all else. */
export type ShardUse = 'serve' | 'restore'

/** Which shards there are, without opening one. */
export interface ShardInfo {
  readonly table: string
  readonly partition: number
  /** `null` when nothing was ever written to it. */
  readonly position: ShardPosition | null
}

/**
 * The state of one partition of one table. One writer, any number of readers at the same time; a read sees every write
 * that had settled before it and none in part. Bytes given are copied or written before the call settles; bytes
 * received belong to the caller. Any failure is `FAUST_STORE_FAILED` with its cause; after `close`: `FAUST_CLOSED`.
 */
export interface Shard {
  /** Read at open, moved on by every write. `null` for an empty shard. Stays what it was after `close`, whatever later openers write. */
  readonly position: ShardPosition | null
  get(key: Uint8Array): MaybePromise<Uint8Array | undefined>
  /** In the order asked. */
  getMany(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]>
  /** Arrays of items in the order of their keys, never empty. Sees the shard as it was at the call, whatever is written meanwhile. */
  range(range?: StoreRange): AsyncIterable<readonly StoreItem[]>
  /**
   * The one way to write: all entries and the position, or nothing, also when the process dies in between. A later
   * entry of the same key wins. Calls come one at a time. Rejects with `FAUST_STORE_FENCED` when a later opener has a
   * higher epoch, and has then written nothing.
   *
   * Entries are gone through once, before the call settles, so they may be made as they are asked for. A `FaustError` of
   * whoever makes them is passed on, and nothing is written.
   */
  write(batch: StoreBatch): MaybePromise<void>
  /** Empties the shard and forgets its position, as one. */
  clear(): MaybePromise<void>
  /**
   * For stores that write a whole table faster when they know of it; may be left out. A shard is opened to `serve`; a restore
   * of many records says so before it begins, and says `serve` when it is done. Nothing else is asked of the shard meanwhile.
   * Entries and position stay as they are, also when the process dies, and every other promise holds in either use: only the
   * speed may differ. A shard may be closed in either. Said twice: nothing happens.
   */
  tune?(use: ShardUse): MaybePromise<void>
  /** Idempotent. Waits for reads under way; theirs may be answered with `FAUST_CLOSED`. */
  close(): Promise<void>
}

/** Keeps the state of tables. */
export interface Store extends Adapter {
  readonly supports: StoreSupports
  /** Opens a shard, making it when missing. Open twice in one process: `FAUST_STORE_LOCKED`, unless the store is shared. */
  open(table: string, partition: number, options: OpenShard): Promise<Shard>
  /** The shards of this app that exist, open or not. */
  list(): Promise<readonly ShardInfo[]>
  /** Removes a shard with its position. It must not be open. Missing is fine. */
  destroy(table: string, partition: number): Promise<void>
  /** A name kept beside the data, made on first use: the worker's identity. Needs `supports.identity`. */
  identity(): Promise<string>
}
