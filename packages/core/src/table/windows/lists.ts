import { bytesId } from '../../processing/shard/entry-id.ts'
import { ABSENT, type Entry } from '../../processing/shard/entry-cache.ts'
import type { ReadableEntries } from '../../processing/shard/table-layout.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import { closingTime, contains, type Window, type Windowed } from '../../window/window.ts'
import { type EntryAccess, exclusive, type Place } from '../entry-access.ts'
import { prefixBounds } from '../key-order.ts'
import { scan, type Scanned } from '../scan.ts'
import type { KeptWindows, KeyedWindow } from './kept-windows.ts'
import { type KeyWindows, NO_WINDOWS } from './key-windows.ts'
import type { ListKeeper } from './list-keeper.ts'
import type { Added, ListShape } from './list-shape.ts'
import { archiveKey, archivePrefix, ARCHIVES, DATA_BOUNDS, listKey, splitArchive } from './window-keys.ts'
import type { WindowRule } from './window-rule.ts'

const LIST: Place = { id: (key) => key, bytes: listKey }

/** Windows that values make: those of a key that may still change lie together, closed ones each by itself. */
export class Lists<K> implements KeptWindows<K> {
  readonly #entries: EntryAccess<K>
  readonly #shape: ListShape
  readonly #rule: WindowRule
  readonly #keeper: (shard: ReadableEntries) => ListKeeper

  constructor(
    entries: EntryAccess<K>,
    shape: ListShape,
    rule: WindowRule,
    keeper: (shard: ReadableEntries) => ListKeeper,
  ) {
    this.#entries = entries
    this.#shape = shape
    this.#rule = rule
    this.#keeper = keeper
  }

  write(
    key: K,
    time: number,
    open: (window: Window) => boolean,
    change: (value: unknown) => MaybePromise<unknown>,
  ): Promise<readonly Windowed<unknown>[]> {
    return this.#entries.at(key, LIST, 'write', (access, entry, owned) => {
      const list = listOf(access.shard.read(entry))
      const put = (added: Added | undefined): readonly Windowed<unknown>[] => {
        if (added === undefined) return []
        access.shard.put(entry, this.#keeper(access.shard).timed(entry, added.list), access.delivery?.span)
        return added.changed
      }
      const added = this.#shape.add(list, time, open, change)
      if (!isPromise(added)) return put(added)
      const done = added.then((later) => {
        access.check()
        return put(later)
      })
      return owned ? done : exclusive(entry, done)
    })
  }

  async at(key: K, time: number): Promise<Windowed<unknown> | undefined> {
    const { bytes, entry, shard } = await this.#find(key)
    const found = listOf(entry.value).windows.findLast(({ window }) => contains(window, time))
    if (found !== undefined) return found
    const prefix = archivePrefix(bytes)
    const range = { gte: prefix, lt: archiveKey(prefix, time + 1, 0), reverse: true, limit: 1 }
    for await (const item of this.#entries.scan(shard, range)) {
      const one = archived(item)
      if (contains(one.window, time)) return one
    }
    return undefined
  }

  async *of(key: K, from: number, to: number): AsyncIterable<Windowed<unknown>> {
    const { bytes, entry, shard } = await this.#find(key)
    // Both are taken in the same instant, so that no window is missed or comes twice because it closes meanwhile.
    const archive = this.#entries.scan(shard, prefixBounds(archivePrefix(bytes)))
    const first = archive.next()
    const windows = [...this.#own(listOf(entry.value))]
    for (let next = await first; next.done !== true; next = await archive.next()) windows.push(archived(next.value))
    windows.sort((one, other) => one.window.start - other.window.start)
    for (const one of windows) if (isWithin(one, from, to)) yield one
  }

  async *all(shard: ReadableEntries, from: number, to: number): AsyncIterable<KeyedWindow> {
    for await (const { bytes, ...one } of this.#all(shard)) {
      if (isWithin(one, from, to)) yield { key: await shard.decodeKey(bytes), ...one }
    }
  }

  async *allAt(shard: ReadableEntries, time: number): AsyncIterable<KeyedWindow> {
    const found = new Map<string, BytesWindow>()
    for await (const one of this.#all(shard)) {
      if (!contains(one.window, time)) continue
      const id = bytesId(one.bytes)
      if ((found.get(id)?.window.start ?? -1) <= one.window.start) found.set(id, one)
    }
    for (const { bytes, ...one } of found.values()) yield { key: await shard.decodeKey(bytes), ...one }
  }

  shardOf(key: K): Promise<ReadableEntries> {
    return this.#entries.at(key, LIST, 'read', ({ shard }) => shard)
  }

  #find(key: K): Promise<{ readonly bytes: Uint8Array; readonly entry: Entry; readonly shard: ReadableEntries }> {
    return this.#entries.at(key, LIST, 'read', ({ shard }, entry) => {
      shard.read(entry)
      return { bytes: entry.bytes.subarray(1), entry, shard }
    })
  }

  /** The windows of a list that are not kept elsewhere as well. */
  #own({ closedUntil, windows }: KeyWindows): readonly Windowed<unknown>[] {
    if (this.#rule.retention === 0) return windows
    return windows.filter(({ window }) => closingTime(window, this.#rule) > closedUntil)
  }

  /** Every window of a shard once, with its key's bytes: closed ones first. */
  async *#all(shard: ReadableEntries): AsyncGenerator<BytesWindow> {
    const lists = scan(shard, DATA_BOUNDS)
    const first = lists.next()
    for await (const item of scan(shard, ARCHIVES)) yield { bytes: splitArchive(item.bytes).key, ...archived(item) }
    for (let next = await first; next.done !== true; next = await lists.next()) {
      const bytes = next.value.bytes.subarray(1)
      for (const one of this.#own(next.value.value as KeyWindows)) yield { bytes, ...one }
    }
  }
}

interface BytesWindow extends Windowed<unknown> {
  readonly bytes: Uint8Array
}

function listOf(stored: unknown): KeyWindows {
  return stored === ABSENT ? NO_WINDOWS : (stored as KeyWindows)
}

function archived({ bytes, value }: Scanned): Windowed<unknown> {
  const { end, start } = splitArchive(bytes)
  return { window: { start, end }, value }
}

function isWithin({ window: { start } }: Windowed<unknown>, from: number, to: number): boolean {
  return from <= start && start < to
}
