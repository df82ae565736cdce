import { bytesId, isSimple } from '../../processing/shard/entry-id.ts'
import { ABSENT, type Entry } from '../../processing/shard/entry-cache.ts'
import { NO_TIME } from '../../processing/queue/stream-time.ts'
import type { KeeperContext, ShardKeeper } from '../../processing/shard/table-layout.ts'
import type { MaybePromise } from '../../service/maybe-promise.ts'
import { scan } from '../scan.ts'
import { WindowClock } from '../windows/close-time.ts'
import { DATA_BOUNDS, listKey, splitTimed, timerKey, timersFrom } from '../windows/window-keys.ts'
import type { Expiring } from './expiring.ts'
import type { TtlRule } from './ttl-rule.ts'

/** Keys that are dropped in one cycle, at most: the rest follows in the next one, which comes at once. */
const LIMIT = 10_000
/** The value of a timer: its key says everything. */
const NONE = new Uint8Array(0)

/**
 * Drops keys of one shard whose time is over. Each key has one timer, set when it is first written; a write does not move
 * it: it looks when its time has come, and is set anew when the key was written since.
 */
export class TtlKeeper implements ShardKeeper {
  readonly clock: WindowClock
  readonly #context: KeeperContext
  readonly #rule: TtlRule
  /** No timer is due before; unknown at first. */
  #next = 0

  constructor(context: KeeperContext, rule: TtlRule) {
    this.#context = context
    this.#rule = rule
    this.clock = new WindowClock(context, rule)
  }

  load(): void {}

  atQuiet(): MaybePromise<void> {
    const { time } = this.clock.closeTime()
    return time === NO_TIME || this.#next > time ? undefined : this.#drop(time)
  }

  /** What is stored of a key, with a timer. */
  timed(entry: Entry, expiring: Expiring): Expiring {
    return expiring.timer === undefined ? this.#armed(entry.bytes.subarray(1), expiring) : expiring
  }

  async #drop(time: number): Promise<void> {
    const { commitSoon, shard } = this.#context
    this.#next = Infinity
    let count = 0
    for await (const timer of scan(shard, { gte: timersFrom(0), lt: timersFrom(time + 1), limit: LIMIT })) {
      count++
      const { key, time: due } = splitTimed(timer.bytes)
      const entry = await this.#entry(key)
      // Somebody is at the key: it comes in the next cycle, when its timer is still there.
      if (entry.queue !== undefined) continue
      shard.put(this.#timer(timer.bytes), ABSENT)
      const stored = entry.value === ABSENT ? undefined : (entry.value as Expiring)
      if (stored === undefined || stored.timer !== due) continue
      const over = stored.writtenAt + this.#rule.after <= time
      shard.put(entry, over ? ABSENT : this.#armed(key, stored))
    }
    for await (const { bytes } of scan(shard, { gte: timersFrom(0), lt: DATA_BOUNDS.gte, limit: 1 })) {
      this.#next = Math.min(this.#next, splitTimed(bytes).time)
    }
    if (count === LIMIT) commitSoon()
  }

  #armed(key: Uint8Array, expiring: Expiring): Expiring {
    const timer = expiring.writtenAt + this.#rule.after
    this.#context.shard.put(this.#timer(timerKey(timer, key)), NONE)
    this.#next = Math.min(this.#next, timer)
    return { ...expiring, timer }
  }

  async #entry(key: Uint8Array): Promise<Entry> {
    const { shard } = this.#context
    const decoded = await shard.decodeKey(key)
    const bytes = listKey(key)
    const id = isSimple(decoded) ? decoded : bytesId(bytes)
    return shard.lookup(id) ?? shard.load(id, bytes)
  }

  /** A timer's entry, written without being read before. */
  #timer(bytes: Uint8Array): Entry {
    return this.#context.shard.adopt(bytesId(bytes), bytes, ABSENT)
  }
}
