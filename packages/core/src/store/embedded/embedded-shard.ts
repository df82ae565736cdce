import { FaustError } from '../../service/errors.ts'
import type { OpenShard, Shard, ShardPosition, StoreEntry, StoreItem, StoreRange } from '../store.ts'
import type { ShardData } from './shard-data.ts'

/** One opening of a shard. Every answer is there at once; only `range` and `close` give promises, as their types ask. */
export class EmbeddedShard implements Shard {
  readonly #name: string
  readonly #data: ShardData
  readonly #epoch: number
  readonly #onClose: () => void
  #closed = false

  constructor(name: string, data: ShardData, options: OpenShard, onClose: () => void) {
    this.#name = name
    this.#data = data
    this.#epoch = options.epoch
    this.#onClose = onClose
    data.epoch = Math.max(data.epoch, options.epoch)
  }

  get position(): ShardPosition | null {
    return this.#data.position
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#live().get(key)
  }

  getMany(keys: readonly Uint8Array[]): readonly (Uint8Array | undefined)[] {
    const data = this.#live()
    return keys.map((key) => data.get(key))
  }

  range(range: StoreRange = {}): AsyncIterable<readonly StoreItem[]> {
    return this.#stream(this.#live().range(range))
  }

  write(batch: { readonly entries: readonly StoreEntry[]; readonly position: ShardPosition }): void {
    this.#writable().write(batch.entries, batch.position)
  }

  clear(): void {
    this.#writable().clear()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#onClose()
  }

  async *#stream(chunks: Iterable<readonly StoreItem[]>): AsyncGenerator<readonly StoreItem[]> {
    for (const chunk of chunks) {
      this.#live()
      yield chunk
    }
  }

  #live(): ShardData {
    if (!this.#closed) return this.#data
    throw new FaustError(
      'FAUST_CLOSED',
      `Shard ${this.#name} of the embedded store is closed: open it again to use it.`,
    )
  }

  #writable(): ShardData {
    const data = this.#live()
    if (this.#epoch >= data.epoch) return data
    throw new FaustError(
      'FAUST_STORE_FENCED',
      `Shard ${this.#name} of the embedded store was opened with epoch ${this.#epoch}, but an opener with epoch ` +
        `${data.epoch} came before: nothing was written. Close the shard and leave it to its new owner.`,
      { details: { epoch: this.#epoch, current: data.epoch } },
    )
  }
}
