import type { KeeperContext, ReadableEntries, ShardEntries, TableLayout } from '../../processing/shard/table-layout.ts'
import { bytes } from '../../serializer/bytes.ts'
import { json } from '../../serializer/json.ts'
import type { Serializer } from '../../serializer/serializer.ts'
import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { WindowKeeper } from './window-keeper.ts'
import { isState, isTimer } from './window-keys.ts'

/** How a windowed table is kept, and where its closed windows go. */
export class WindowLayout<Keeper extends WindowKeeper> implements TableLayout {
  readonly outputs: TopicDefinition[] = []
  readonly #values: (key: Uint8Array) => Serializer<unknown>
  readonly #make: (context: KeeperContext, finals: readonly TopicDefinition[]) => Keeper
  readonly #keepers = new WeakMap<ShardEntries, Keeper>()
  readonly #state: Serializer<unknown> = json()
  readonly #timer: Serializer<unknown> = bytes()

  /** `values` gives the format of whatever is neither state nor timer. */
  constructor(
    values: (key: Uint8Array) => Serializer<unknown>,
    make: (context: KeeperContext, finals: readonly TopicDefinition[]) => Keeper,
  ) {
    this.#values = values
    this.#make = make
  }

  serializerOf(key: Uint8Array): Serializer<unknown> {
    return isState(key) ? this.#state : isTimer(key) ? this.#timer : this.#values(key)
  }

  isLast(key: Uint8Array): boolean {
    return isState(key)
  }

  keeper(context: KeeperContext): Keeper {
    const keeper = this.#make(context, this.outputs)
    this.#keepers.set(context.shard, keeper)
    return keeper
  }

  /** The keeper of a shard. */
  of({ whole }: ReadableEntries): Keeper {
    return this.#keepers.get(whole) as Keeper
  }
}
