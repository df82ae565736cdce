import type { Delivery } from '../../processing/task/delivery.ts'
import type { KeeperContext, ReadableEntries, ShardEntries, TableLayout } from '../../processing/shard/table-layout.ts'
import { bytes } from '../../serializer/bytes.ts'
import type { Serializer } from '../../serializer/serializer.ts'
import { isTimer } from '../windows/window-keys.ts'
import { expiringSerializer } from './expiring.ts'
import { TtlKeeper } from './ttl-keeper.ts'
import type { TtlRule } from './ttl-rule.ts'

/** How a table is kept whose keys are over when nothing is written to them. */
export class TtlLayout implements TableLayout {
  readonly outputs: readonly [] = []
  readonly #rule: TtlRule
  readonly #now: () => number
  readonly #values: Serializer<unknown>
  readonly #timers: Serializer<unknown> = bytes()
  readonly #keepers = new WeakMap<ShardEntries, TtlKeeper>()

  /** `now` is the clock's, in epoch ms. */
  constructor(value: Serializer<unknown>, rule: TtlRule, now: () => number) {
    this.#values = expiringSerializer(value)
    this.#rule = rule
    this.#now = now
  }

  serializerOf(key: Uint8Array): Serializer<unknown> {
    return isTimer(key) ? this.#timers : this.#values
  }

  isLast(): boolean {
    return false
  }

  keeper(context: KeeperContext): TtlKeeper {
    const keeper = new TtlKeeper(context, this.#rule)
    this.#keepers.set(context.shard, keeper)
    return keeper
  }

  of({ whole }: ReadableEntries): TtlKeeper {
    return this.#keepers.get(whole)!
  }

  isOver(writtenAt: number, now: number): boolean {
    return writtenAt + this.#rule.after <= now
  }

  /** The time of what a value writes. */
  timeOf({ record }: Delivery): number {
    return this.#rule.time === 'clock' ? this.#now() : Math.max(record.timestamp, 0)
  }

  /** The time before a value, by which it finds keys over. */
  timeBefore({ streamTime }: Delivery): number {
    return this.#rule.time === 'clock' ? this.#now() : streamTime
  }
}
