import { FaustError, isFaustError } from '../../service/errors.ts'
import { isPromise } from '../../service/maybe-promise.ts'
import type { MaybePromise } from '../../service/maybe-promise.ts'
import type { Shard, ShardPosition, ShardUse, StoreBatch, StoreItem, StoreRange } from '../store.ts'
import type { EngineDatabase, StoreEngine } from './engine.ts'
import { storeClosed, storeFailed } from './errors.ts'

/** What a shard is made from. */
export interface DirectoryShardOptions {
  readonly engine: StoreEngine
  /** The table with the partition, for messages. */
  readonly name: string
  readonly path: string
  readonly database: EngineDatabase
  /** Called once when the database is closed; `undefined` when the position on disk isn't sure. */
  readonly onClosed: (position: ShardPosition | null | undefined) => void
}

/** One shard in a database of its own: the engine reads and writes, this keeps the order of calls and words its errors. */
export class DirectoryShard implements Shard {
  readonly #options: DirectoryShardOptions
  readonly #database: EngineDatabase
  #position: ShardPosition | null
  #writing: Promise<void> = Promise.resolve()
  #isWriting = false
  #broken = false
  #closing: Promise<void> | undefined

  constructor(options: DirectoryShardOptions) {
    this.#options = options
    this.#database = options.database
    this.#position = options.database.position
  }

  get position(): ShardPosition | null {
    return this.#position
  }

  get(key: Uint8Array): MaybePromise<Uint8Array | undefined> {
    this.#checkOpen()
    try {
      return this.#worded(this.#database.get(key))
    } catch (error) {
      throw this.#failed('read', error)
    }
  }

  getMany(keys: readonly Uint8Array[]): MaybePromise<readonly (Uint8Array | undefined)[]> {
    this.#checkOpen()
    try {
      return this.#worded(this.#database.getMany(keys, this.#isWriting))
    } catch (error) {
      throw this.#failed('read', error)
    }
  }

  range(range: StoreRange = {}): AsyncIterable<readonly StoreItem[]> {
    this.#checkOpen()
    try {
      return this.#chunks(this.#database.range(range))
    } catch (error) {
      throw this.#failed('read', error)
    }
  }

  write({ entries, position: given }: StoreBatch): Promise<void> {
    const { log, offset, time, note } = given
    const position = { log, offset, time, note }
    return this.#change('write', () => this.#database.write({ entries, position }), position)
  }

  clear(): Promise<void> {
    return this.#change('write', () => this.#database.clear(), null)
  }

  tune(use: ShardUse): MaybePromise<void> {
    if (this.#database.tune === undefined) return this.#checkOpen()
    return this.#change('tune', () => this.#database.tune!(use), this.#position)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#writing
    try {
      await this.#database.close()
    } catch (error) {
      throw this.#failed('close', error)
    } finally {
      this.#options.onClosed(this.#broken ? undefined : this.#position)
    }
  }

  async *#chunks(items: AsyncIterable<readonly StoreItem[]>): AsyncGenerator<readonly StoreItem[]> {
    try {
      yield* items
    } catch (error) {
      throw this.#failed('read', error)
    }
  }

  /**
   * `begin` writes, and is let go of at once: what it was given has been copied by then, and mostly dies young, as long as no
   * function that waits for the disk holds it.
   */
  #change(what: 'write' | 'tune', begin: () => Promise<void>, position: ShardPosition | null): Promise<void> {
    if (this.#broken || this.#closing) return this.#refused()
    let begun: Promise<void>
    try {
      begun = begin()
    } catch (error) {
      return Promise.reject(isFaustError(error) ? error : this.#failed(what, error))
    }
    this.#isWriting = true
    const change = this.#settled(what, begun, position)
    this.#writing = change.catch(() => undefined)
    return change
  }

  async #settled(what: 'write' | 'tune', change: Promise<void>, position: ShardPosition | null): Promise<void> {
    try {
      await change
      this.#position = position
    } catch (error) {
      // What an engine appends to its log behind a torn record may be lost at the next open, though it was confirmed.
      this.#broken = true
      throw this.#failed(what, error)
    } finally {
      this.#isWriting = false
    }
  }

  async #refused(): Promise<void> {
    this.#checkOpen()
    const { engine, name, path } = this.#options
    throw new FaustError(
      'FAUST_STORE_FAILED',
      `Shard ${name} of ${engine.name} takes no writes since one of them failed, which may have torn its log in ${path}: ` +
        'close it and open it again, which puts the log right.',
      { details: { path } },
    )
  }

  #worded<T>(answer: MaybePromise<T>): MaybePromise<T> {
    if (!isPromise(answer)) return answer
    return answer.then(undefined, (error: unknown) => Promise.reject(this.#failed('read', error)))
  }

  #checkOpen(): void {
    const { engine, name } = this.#options
    if (this.#closing !== undefined) throw storeClosed(engine, `shard ${name}`, 'open it again to use it')
  }

  #failed(what: string, error: unknown): Error {
    const { engine, name, path } = this.#options
    if (this.#closing !== undefined && what !== 'close') {
      return storeClosed(engine, `shard ${name}`, 'open it again to use it')
    }
    return storeFailed(engine, `${what} shard ${name}`, path, error)
  }
}
