import { ABSENT } from '../../processing/shard/entry-cache.ts'
import type { ReadableEntries } from '../../processing/shard/table-layout.ts'
import type { MaybePromise } from '../../service/maybe-promise.ts'
import type { StoreRange } from '../../store/store.ts'
import { type Aligned, latestStart, startsAt, windowAt } from '../../window/aligned.ts'
import type { Window, Windowed } from '../../window/window.ts'
import { type EntryAccess, type Place, replace } from '../entry-access.ts'
import { scan } from '../scan.ts'
import type { KeptWindows, KeyedWindow } from './kept-windows.ts'
import { DATA_BOUNDS, paneKey, panesFrom, splitTimed } from './window-keys.ts'

/** Windows that lie fast, each kept under its start and its key. */
export class Panes<K> implements KeptWindows<K> {
  readonly #entries: EntryAccess<K>
  readonly #aligned: Aligned

  constructor(entries: EntryAccess<K>, aligned: Aligned) {
    this.#entries = entries
    this.#aligned = aligned
  }

  async write(
    key: K,
    time: number,
    open: (window: Window) => boolean,
    change: (value: unknown) => MaybePromise<unknown>,
  ): Promise<readonly Windowed<unknown>[]> {
    const windows = startsAt(this.#aligned, time)
      .map((start) => windowAt(this.#aligned, start))
      .filter((window) => open(window))
    return Promise.all(
      windows.map(async (window) => ({
        window,
        value: await this.#entries.at(key, place(window.start), 'write', (access, entry, owned) =>
          replace(access, entry, change(access.shard.read(entry)), owned, (value) =>
            access.shard.put(entry, value, access.delivery?.span),
          ),
        ),
      })),
    )
  }

  async at(key: K, time: number): Promise<Windowed<unknown> | undefined> {
    const start = latestStart(this.#aligned, time)
    const value = await this.#read(key, start)
    return value === ABSENT ? undefined : { window: windowAt(this.#aligned, start), value }
  }

  async *of(key: K, from: number, to: number): AsyncIterable<Windowed<unknown>> {
    const shard = await this.shardOf(key)
    // Windows between the first and the last of all keys are looked up one by one.
    const first = await this.#edge(shard, { gte: panesFrom(Math.max(from, 0)), lt: panesBefore(to) })
    const last = await this.#edge(shard, { gte: panesFrom(Math.max(from, 0)), lt: panesBefore(to), reverse: true })
    if (first === undefined || last === undefined) return
    for (let start = first; start <= last; start += this.#aligned.step) {
      const value = await this.#read(key, start)
      if (value !== ABSENT) yield { window: windowAt(this.#aligned, start), value }
    }
  }

  async *all(shard: ReadableEntries, from: number, to: number): AsyncIterable<KeyedWindow> {
    for await (const { bytes, value } of scan(shard, { gte: panesFrom(Math.max(from, 0)), lt: panesBefore(to) })) {
      const { key, time } = splitTimed(bytes)
      yield { key: await shard.decodeKey(key), window: windowAt(this.#aligned, time), value }
    }
  }

  allAt(shard: ReadableEntries, time: number): AsyncIterable<KeyedWindow> {
    const start = latestStart(this.#aligned, time)
    return this.all(shard, start, start + 1)
  }

  shardOf(key: K): Promise<ReadableEntries> {
    return this.#entries.at(key, place(0), 'read', ({ shard }) => shard)
  }

  /** The start of the first window of a range. */
  async #edge(shard: ReadableEntries, range: StoreRange): Promise<number | undefined> {
    for await (const { bytes } of this.#entries.scan(shard, { ...range, limit: 1 })) return splitTimed(bytes).time
    return undefined
  }

  #read(key: K, start: number): Promise<unknown> {
    return this.#entries.at(key, place(start), 'read', ({ shard }, entry) => shard.read(entry))
  }
}

function place(start: number): Place {
  return { id: (key) => `${start} ${key}`, bytes: (key) => paneKey(start, key) }
}

/** The bytes before which windows lie that begin before `time`. */
function panesBefore(time: number): Uint8Array {
  return time === Infinity ? DATA_BOUNDS.lt : panesFrom(Math.max(time, 0))
}
