import type { MaybePromise } from '../../service/maybe-promise.ts'
import type { Windowed } from '../../window/window.ts'

interface ViewParts<K, V, Missing> {
  readonly time: (key: K | undefined, of: unknown) => MaybePromise<number>
  readonly read: (key: K, time: number) => Promise<V | Missing>
  /** The time `ms` before another, at least 0. */
  readonly before: (time: number, ms: number) => number
  readonly scan: (time: () => MaybePromise<number>) => AsyncIterable<{ key: K } & Windowed<V>>
}

/** A windowed table as it is at one time. `Of` is what a time that is taken from something is taken from. */
export class WindowView<K, V, Missing = undefined, Of extends readonly unknown[] = []> {
  readonly #parts: ViewParts<K, V, Missing>

  constructor(parts: ViewParts<K, V, Missing>) {
    this.#parts = parts
  }

  /** The value in the last window that contains the time, or the default. */
  async value(key: K, ...of: Of): Promise<V | Missing> {
    return this.#parts.read(key, await this.#parts.time(key, of[0]))
  }

  /** The value in the last window that contains the time less `ms`. */
  async delta(key: K, ms: number, ...of: Of): Promise<V | Missing> {
    return this.#parts.read(key, this.#parts.before(await this.#parts.time(key, of[0]), ms))
  }

  /** Every key with something in the last window that contains the time. */
  entries(...of: Of): AsyncIterable<{ key: K } & Windowed<V>> {
    return this.#parts.scan(() => this.#parts.time(undefined, of[0]))
  }

  async *keys(...of: Of): AsyncIterable<K> {
    for await (const { key } of this.entries(...of)) yield key
  }

  async *values(...of: Of): AsyncIterable<V> {
    for await (const { value } of this.entries(...of)) yield value
  }
}
