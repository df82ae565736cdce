// rocksdb-native has no types of its own. This is the part of version 3.18.1 that this package uses.

/** The class that the module is. */
export interface RocksDBModule {
  new (path: string, options?: RocksDBOptions): RocksDB
  readonly BloomFilterPolicy: new (bitsPerKey: number) => Filter
}

/** A database, or a session of it. */
export interface RocksDB {
  /** Resolves when it is open. */
  ready(): Promise<void>
  /** Waits for batches and iterators under way. Of a session: gives it up, and with the last one its snapshot. */
  close(): Promise<void>
  /** A session that reads what is there now. */
  snapshot(): RocksDB
  /** `null` when missing. */
  get(key: Uint8Array): Promise<Buffer | null>
  read(options: BatchOptions): ReadBatch
  write(options: BatchOptions): WriteBatch
  iterator(options: IteratorOptions): ItemStream
}

export interface RocksDBOptions {
  readonly writeBufferSize?: number
  readonly tableBlockSize?: number
  /** `null` for none. */
  readonly filterPolicy?: Filter | null
  readonly maxOpenFiles?: number
}

export interface Filter {
  readonly type: number
}

export interface BatchOptions {
  /** How many operations there will be; more are possible and cost a further allocation. */
  readonly capacity: number
  /** Give the batch back when it is flushed. */
  readonly autoDestroy: true
}

export interface ReadBatch {
  /** `null` when missing. Settles after the batch is flushed. */
  get(key: Uint8Array): Promise<Buffer | null>
  /** Starts the reads without a promise for the whole. */
  tryFlush(): void
}

export interface WriteBatch {
  tryPut(key: Uint8Array, value: Uint8Array): void
  tryDelete(key: Uint8Array): void
  /** Without `end`. */
  tryDeleteRange(start: Uint8Array, end: Uint8Array): void
  /** Writes everything as one. The engine's words are in the `cause` of its error. */
  flush(): Promise<void>
}

export interface IteratorOptions {
  readonly gt?: Uint8Array
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
  readonly lte?: Uint8Array
  readonly reverse: boolean
  readonly limit: number
  /** Items of one trip to the engine's threads. */
  readonly capacity: number
}

/** A stream of items, which starts to flow with its first listener. */
export interface ItemStream {
  on(event: 'data', listener: (item: { readonly key: Buffer; readonly value: Buffer }) => void): this
  on(event: 'error', listener: (error: Error) => void): this
  on(event: 'close', listener: () => void): this
}
