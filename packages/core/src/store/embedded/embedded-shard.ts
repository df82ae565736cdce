import { FaustError } from '../../service/errors.ts'
import type { Shard, ShardPosition, StoreBatch, StoreItem, StoreRange } from '../store.ts'
import type { ShardData } from './shard-data.ts'

/** One opening of a shard. Every answer is there at once; only `range` and `close` give promises, as their types ask. */
export class EmbeddedShard implements Shard {
  readonly #name: string
  readonly #data: ShardData
  readonly #onClose: () => void
  #closed = false
  /** Where it stood when it was closed: another opener may have gone on since. */
  #closedAt: ShardPosition | null = null

  constructor(name: string, data: ShardData, onClose: () => void) {
    this.#name = name
    this.#data = data
    this.#onClose = onClose
  }

  get position(): ShardPosition | null {
    return this.#closed ? this.#closedAt : this.#data.position
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

  write(batch: StoreBatch): void {
    this.#live().write(batch)
  }

  clear(): void {
    this.#live().clear()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closedAt = this.#data.position
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
}
