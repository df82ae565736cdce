import { begun } from '../../processing/task/call.ts'
import type { Delivery } from '../../processing/task/delivery.ts'
import { ABSENT } from '../../processing/shard/entry-cache.ts'
import { forward } from '../../processing/send/emit.ts'
import type { Runtime } from '../../processing/runtime.ts'
import type { TableDefinition } from '../../processing/shard/table-definition.ts'
import type { ReadableEntries } from '../../processing/shard/table-layout.ts'
import { FaustError } from '../../service/errors.ts'
import type { MaybePromise } from '../../service/maybe-promise.ts'
import type { Windowed } from '../../window/window.ts'
import { notAChange } from '../not-a-change.ts'
import { ShardedTable } from '../sharded-table.ts'
import { writeAccess } from '../table-access.ts'
import type { KeptWindows } from './kept-windows.ts'
import type { WindowKeeper } from './window-keeper.ts'
import type { WindowRule } from './window-rule.ts'
import {
  checkDelta,
  checkTime,
  checkTimeOfWrite,
  notRelative,
  TIME_IN_HAND,
  windowBounds,
  type WindowRange,
  type WindowTime,
} from './window-time.ts'
import { WindowView } from './window-view.ts'

/** What windows are made of. */
export interface WindowsParts<K, Missing> {
  readonly runtime: Runtime
  readonly definition: TableDefinition
  readonly rule: WindowRule
  readonly kept: KeptWindows<K>
  readonly keeperOf: (shard: ReadableEntries) => WindowKeeper
  readonly missing: (() => Missing) | undefined
}

/**
 * A table with a value for each window of time of each key. A write goes to every window that contains the time of the
 * value in hand and is not closed. The shard rule, and who may read and write, are those of every table.
 */
export class Windows<K, V, Missing = undefined> extends ShardedTable {
  readonly #parts: WindowsParts<K, Missing>
  readonly #stream: WindowView<K, V, Missing>

  constructor(parts: WindowsParts<K, Missing>) {
    super(parts.runtime, parts.definition)
    this.#parts = parts
    this.#stream = this.#view((key) => this.#streamTime(key))
  }

  /**
   * Puts `change(value)` in the place of the value in every window of the time that is still open, each as one step.
   * Answers these windows with their new values, in the order of their starts. None are there when the value in hand
   * is late for all of them: it is counted, and sent on where the table's `late` says so.
   */
  update(
    key: K,
    change: (value: V | Missing) => MaybePromise<V>,
    options: WindowTime = TIME_IN_HAND,
  ): Promise<readonly Windowed<V>[]> {
    if (typeof change !== 'function') return Promise.reject(notAChange(this.name, change))
    return this.#write(key, options, (value) => change(this.#value(value))) as Promise<readonly Windowed<V>[]>
  }

  /** Sets the value in every window of the time that is still open; answers these windows. */
  set(key: K, value: V, options: WindowTime = TIME_IN_HAND): Promise<readonly Windowed<V>[]> {
    return this.#write(key, options, () => value) as Promise<readonly Windowed<V>[]>
  }

  /** Empties every window of the time that is still open. Answers whether one held something. */
  delete(key: K, options: WindowTime = TIME_IN_HAND): Promise<boolean> {
    let existed = false
    const emptied = this.#write(key, options, (value) => {
      existed ||= value !== ABSENT
      return ABSENT
    })
    return begun(emptied.then(() => existed))
  }

  /** The value in the last window that contains `time`, in epoch ms, or the default. */
  async get(key: K, time: number): Promise<V | Missing> {
    return this.#value((await this.#parts.kept.at(key, checkTime(this.name, time)))?.value ?? ABSENT)
  }

  /** The value in the last window that contains the time of the value in hand. Only inside a handler. */
  async current(key: K): Promise<V | Missing> {
    return this.get(key, this.#timeInHand('read'))
  }

  /** The value in the last window that contains this moment of the clock. */
  now(key: K): Promise<V | Missing> {
    return this.relativeTo('now').value(key)
  }

  /** The value in the last window of stream time: the time of the value in hand; elsewhere the largest that was read. */
  value(key: K): Promise<V | Missing> {
    return this.#stream.value(key)
  }

  /** The value in the last window that contains stream time less `ms`. */
  delta(key: K, ms: number): Promise<V | Missing> {
    return this.#stream.delta(key, ms)
  }

  /**
   * Reads by another time: `'stream'` (the time of the value in hand, elsewhere the largest that was read), `'now'` (the
   * clock's), or a function that gives the epoch ms of whatever is handed to the view, e.g. a field of an order.
   */
  relativeTo(time: 'stream' | 'now'): WindowView<K, V, Missing>
  relativeTo<T>(time: (of: T) => number): WindowView<K, V, Missing, [of: T]>
  relativeTo<T>(
    time: 'stream' | 'now' | ((of: T) => number),
  ): WindowView<K, V, Missing> | WindowView<K, V, Missing, [of: T]> {
    if (time === 'stream') return this.#stream
    if (typeof time === 'function') return this.#view<[of: T]>((_key, of) => time(of as T))
    if (time !== 'now') throw notRelative(this.name, time)
    return this.#view(() => this.#parts.runtime.worker(`Table ${this.name} can't be read`).parts.clock.now())
  }

  /** A key's windows in the order of their starts, with what is in them, closed ones included as long as they are kept. */
  async *windows(key: K, range: WindowRange = {}): AsyncIterable<Windowed<V>> {
    const { from, to } = windowBounds(this.name, range)
    for await (const one of this.#parts.kept.of(key, from, to)) yield one as Windowed<V>
  }

  /**
   * Windows of all keys: of the shard of the value in hand, elsewhere of every live one here. Tumbling and hopping
   * windows come in the order of their starts, the others key by key. A shard comes as it is when the iteration reaches
   * it, whatever is written meanwhile.
   */
  async *entries(range: WindowRange = {}): AsyncIterable<{ key: K } & Windowed<V>> {
    const { from, to } = windowBounds(this.name, range)
    const { kept } = this.#parts
    yield* this.eachShard((shard) => kept.all(shard, from, to) as AsyncIterable<{ key: K } & Windowed<V>>)
  }

  #view<Of extends readonly unknown[] = []>(
    time: (key: K | undefined, of: unknown) => MaybePromise<number>,
  ): WindowView<K, V, Missing, Of> {
    return new WindowView<K, V, Missing, Of>({
      time,
      read: (key, at) => this.get(key, at),
      before: (at, ms) => Math.max(checkTime(this.name, at) - checkDelta(this.name, ms), 0),
      scan: (at) => this.#scanAt(at),
    })
  }

  async *#scanAt(time: (shard: ReadableEntries) => MaybePromise<number>): AsyncIterable<{ key: K } & Windowed<V>> {
    const { kept } = this.#parts
    const { name } = this
    yield* this.eachShard(async function* (shard) {
      yield* kept.allAt(shard, checkTime(name, await time(shard))) as AsyncIterable<{ key: K } & Windowed<V>>
    })
  }

  #write(
    key: K,
    options: WindowTime,
    change: (value: unknown) => MaybePromise<unknown>,
  ): Promise<readonly Windowed<unknown>[]> {
    try {
      const { delivery, shard } = writeAccess(this.#parts.runtime, this.definition, 'written')!
      const time = options.at ?? this.#timeInHand('written')
      checkTimeOfWrite(this.name, time, options)
      // The value in hand is not settled before what it began has taken effect.
      delivery!.beginEffect()
      const work = this.#writeAt(key, time, this.#parts.keeperOf(shard), delivery!, change)
      return begun(work.finally(() => delivery!.endEffect()))
    } catch (error) {
      return begun(Promise.reject(error))
    }
  }

  async #writeAt(
    key: K,
    time: number,
    keeper: WindowKeeper,
    delivery: Delivery,
    change: (value: unknown) => MaybePromise<unknown>,
  ): Promise<readonly Windowed<unknown>[]> {
    const { kept, rule, runtime } = this.#parts
    const written = await kept.write(key, time, (window) => keeper.takes(window, delivery), change)
    if (written.length > 0 || !keeper.refuse(delivery) || rule.late === undefined) return written
    const { outputs, parts } = runtime.worker(`A late record can't be sent to ${rule.late.name}`)
    await forward({ ...parts, outputs }, delivery.subscription.task, rule.late, delivery.record)
    return written
  }

  /** The time that an event of now has: its record's, or the clock's. */
  #timeInHand(doing: 'read' | 'written'): number {
    const { rule, runtime } = this.#parts
    const access = writeAccess(runtime, this.definition, doing)
    if (access === undefined) {
      throw new FaustError(
        'FAUST_TABLE_OUTSIDE_AGENT',
        `The current window of table ${this.name} is asked for outside an agent, where no value is in hand. ` +
          `Use value(key), now(key), or get(key, time).`,
        { details: { table: this.name } },
      )
    }
    if (rule.time === 'clock') return runtime.worker(`Table ${this.name} can't be used`).parts.clock.now()
    return Math.max(access.delivery!.record.timestamp, 0)
  }

  #streamTime(key: K | undefined): MaybePromise<number> {
    const { keeperOf, kept, runtime } = this.#parts
    if (writeAccess(runtime, this.definition, 'read') !== undefined) return this.#timeInHand('read')
    if (key !== undefined) return kept.shardOf(key).then((shard) => keeperOf(shard).clock.now())
    const times = this.shards().map((shard) => keeperOf(shard).clock.now())
    return Math.max(0, ...times)
  }

  #value(stored: unknown): V | Missing {
    if (stored !== ABSENT) return stored as V
    const { missing } = this.#parts
    return missing === undefined ? (undefined as Missing) : missing()
  }
}
