import type { ReadableEntries } from '../../processing/shard/table-layout.ts'
import type { MaybePromise } from '../../service/maybe-promise.ts'
import type { Window, Windowed } from '../../window/window.ts'

/** A window of a key, as an iteration over a shard gives it. */
export interface KeyedWindow {
  readonly key: unknown
  readonly window: Window
  /** Decoded. */
  readonly value: unknown
}

/** How the windows of one table are kept: by their starts, or by their keys. Values are decoded ones, or `ABSENT`. */
export interface KeptWindows<K> {
  /**
   * Puts `change(value)` in the place of what each window of `time` holds that is `open`. Answers those windows, in the
   * order of their starts; none when none is open.
   */
  write(
    key: K,
    time: number,
    open: (window: Window) => boolean,
    change: (value: unknown) => MaybePromise<unknown>,
  ): Promise<readonly Windowed<unknown>[]>
  /** The last window of a key that contains `time`; `undefined` when nothing is in it. */
  at(key: K, time: number): Promise<Windowed<unknown> | undefined>
  /** A key's windows that begin from `from` up to and without `to`, in the order of their starts. */
  of(key: K, from: number, to: number): AsyncIterable<Windowed<unknown>>
  /** The same of all keys of a shard. */
  all(shard: ReadableEntries, from: number, to: number): AsyncIterable<KeyedWindow>
  /** Each key's last window that contains `time`. */
  allAt(shard: ReadableEntries, time: number): AsyncIterable<KeyedWindow>
  /** The shard a key belongs to, where it may be read. */
  shardOf(key: K): Promise<ReadableEntries>
}
