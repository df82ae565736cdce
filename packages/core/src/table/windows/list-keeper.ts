import { bytesId, isSimple } from '../../processing/shard/entry-id.ts'
import { ABSENT, type Entry } from '../../processing/shard/entry-cache.ts'
import { NO_TIME } from '../../processing/queue/stream-time.ts'
import type { KeeperContext } from '../../processing/shard/table-layout.ts'
import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { MaybePromise } from '../../service/maybe-promise.ts'
import { closingTime, type Windowed } from '../../window/window.ts'
import { prefixBounds } from '../key-order.ts'
import { scan } from '../scan.ts'
import type { CloseTime } from './close-time.ts'
import { type KeyWindows, nextDue } from './key-windows.ts'
import { CLOSE_LIMIT, WindowKeeper } from './window-keeper.ts'
import {
  archiveKey,
  archivePrefix,
  DATA_BOUNDS,
  listKey,
  splitArchive,
  splitTimed,
  timerKey,
  timersFrom,
} from './window-keys.ts'
import type { WindowRule } from './window-rule.ts'

/** The value of a timer: its key says everything. */
const NONE = new Uint8Array(0)

/**
 * Closes windows that are kept by their keys. Each key with something to come has one timer, never later than that; it
 * is not moved when a session grows, but looks and is set anew when its time has come.
 */
export class ListKeeper extends WindowKeeper {
  readonly #keep: number
  /** No timer is due before; unknown at first. */
  #next = 0

  constructor(context: KeeperContext, rule: WindowRule, finals: readonly TopicDefinition[], keep: number) {
    super(context, rule, finals)
    this.#keep = keep
  }

  /** The list as it is stored after a change: with a timer that is early enough. `entry` is the list's. */
  timed(entry: Entry, list: KeyWindows): KeyWindows {
    const due = nextDue(list, this.rule, this.#keep)
    if (due === NO_TIME || (list.timer !== NO_TIME && list.timer <= due)) return list
    const bytes = timerKey(due, entry.bytes.subarray(1))
    this.context.shard.put(this.#entry(bytes), NONE)
    this.#next = Math.min(this.#next, due)
    return { ...list, timer: due }
  }

  protected override close({ time }: CloseTime): MaybePromise<void> {
    return this.#next > time ? undefined : this.#close(time)
  }

  async #close(time: number): Promise<void> {
    const { shard } = this.context
    this.#next = Infinity
    let count = 0
    let busy = false
    for await (const timer of scan(shard, { gte: timersFrom(0), lt: timersFrom(time + 1), limit: CLOSE_LIMIT })) {
      count++
      const due = splitTimed(timer.bytes)
      const entry = await this.#list(due.key)
      // Somebody is at the key: it comes in the next cycle, when its timer is still there.
      if (entry.queue !== undefined) {
        busy = true
        continue
      }
      shard.put(this.#entry(timer.bytes), ABSENT)
      const list = entry.value === ABSENT ? undefined : (entry.value as KeyWindows)
      if (list !== undefined && list.timer === due.time) await this.#closeKey(entry, due.key, list, time)
    }
    const more = count === CLOSE_LIMIT
    for await (const { bytes } of scan(shard, { gte: timersFrom(0), lt: DATA_BOUNDS.gte, limit: 1 })) {
      this.#next = Math.min(this.#next, splitTimed(bytes).time)
    }
    if (count > 0) this.mark(time)
    if (more && !busy) this.context.commitSoon()
  }

  async #closeKey(entry: Entry, bytes: Uint8Array, list: KeyWindows, time: number): Promise<void> {
    const { context, rule } = this
    const { shard } = context
    const prefix = archivePrefix(bytes)
    const key = this.emits ? await shard.decodeKey(bytes) : undefined
    let { expiry } = list
    for (const { window, value } of list.windows) {
      const closing = closingTime(window, rule)
      if (closing <= list.closedUntil || closing > time) continue
      if (this.emits) await this.emit(key, window, value)
      if (rule.retention === 0) continue
      shard.put(this.#entry(archiveKey(prefix, window.start, window.end)), value)
      if (expiry === NO_TIME) expiry = closing + rule.retention
    }
    if (expiry !== NO_TIME && expiry <= time) expiry = await this.#dropArchived(prefix, time)
    const windows = list.windows.filter(({ window }) => {
      const closing = closingTime(window, rule)
      return closing > time || closing + this.#keep > time
    })
    const next = { ...list, closedUntil: time, expiry, timer: NO_TIME, windows, times: timesOf(list.times, windows) }
    shard.put(entry, windows.length === 0 && expiry === NO_TIME ? ABSENT : this.timed(entry, next))
  }

  /** Drops a key's closed windows that are over; answers when the next of them is. */
  async #dropArchived(prefix: Uint8Array, time: number): Promise<number> {
    const { shard } = this.context
    const { grace, retention } = this.rule
    for await (const { bytes, value } of scan(shard, prefixBounds(prefix))) {
      const { end } = splitArchive(bytes)
      if (end + grace + retention > time) return end + grace + retention
      shard.put(shard.adopt(bytesId(bytes), bytes, value), ABSENT)
    }
    return NO_TIME
  }

  async #list(key: Uint8Array): Promise<Entry> {
    const { shard } = this.context
    const decoded = await shard.decodeKey(key)
    const bytes = listKey(key)
    const id = isSimple(decoded) ? decoded : bytesId(bytes)
    return shard.lookup(id) ?? shard.load(id, bytes)
  }

  /** An entry that is written without being read before. */
  #entry(bytes: Uint8Array): Entry {
    return this.context.shard.adopt(bytesId(bytes), bytes, ABSENT)
  }
}

/** The times that windows may still be made by. */
function timesOf(times: readonly number[], windows: readonly Windowed<unknown>[]): readonly number[] {
  const first = windows[0]?.window.start ?? Infinity
  return times.filter((time) => time >= first)
}
