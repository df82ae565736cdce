import { bytesId, isSimple } from '../../processing/shard/entry-id.ts'
import { ABSENT } from '../../processing/shard/entry-cache.ts'
import type { KeeperContext } from '../../processing/shard/table-layout.ts'
import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { MaybePromise } from '../../service/maybe-promise.ts'
import { type Aligned, lastClosedStart, windowAt } from '../../window/aligned.ts'
import { scan } from '../scan.ts'
import type { CloseTime } from './close-time.ts'
import { CLOSE_LIMIT, WindowKeeper } from './window-keeper.ts'
import { panesFrom, splitTimed } from './window-keys.ts'
import type { WindowRule } from './window-rule.ts'

/** Closes windows that lie fast: they are kept in the order of their starts, so what is due is one range. */
export class PaneKeeper extends WindowKeeper {
  readonly #aligned: Aligned
  /** Windows that begin before this are dropped. */
  #droppedUntil = 0

  constructor(context: KeeperContext, rule: WindowRule, finals: readonly TopicDefinition[], aligned: Aligned) {
    super(context, rule, finals)
    this.#aligned = aligned
  }

  protected override close({ time, idle }: CloseTime): MaybePromise<void> {
    const { closedUntil, cursor } = this.state
    const done = lastClosedStart(this.#aligned, this.rule, closedUntil)
    const last = lastClosedStart(this.#aligned, this.rule, time)
    return last > done || cursor !== undefined ? this.#close(done, last, time, idle) : undefined
  }

  /** Closes windows that begin after `done` and up to `last`, as far as one cycle goes. */
  async #close(done: number, last: number, time: number, idle: boolean): Promise<void> {
    const { cursor } = this.state
    const due = {
      ...(cursor === undefined ? { gte: panesFrom(done + 1) } : { gt: fromHex(cursor) }),
      lt: panesFrom(Math.max(last, done) + 1),
    }
    let count = 0
    let reached: Uint8Array | undefined
    const limit = this.emits ? CLOSE_LIMIT : idle ? 1 : 0
    for await (const { bytes, value } of scan(this.context.shard, { ...due, limit })) {
      const pane = splitTimed(bytes)
      if (this.emits) {
        await this.emit(await this.context.shard.decodeKey(pane.key), windowAt(this.#aligned, pane.time), value)
      }
      count++
      reached = bytes
    }
    const more = count === CLOSE_LIMIT
    const dropped = await this.#drop(this.#expired(time))
    if (idle && count + dropped === 0 && cursor === undefined) return
    this.mark(time, more ? toHex(reached!) : undefined)
    if (more || dropped === CLOSE_LIMIT) this.context.commitSoon()
  }

  /** The largest start of a window that has been closed for longer than it is kept. */
  #expired(time: number): number {
    return lastClosedStart(this.#aligned, { grace: this.rule.grace + this.rule.retention }, time)
  }

  /** Deletes the windows that begin at `last` or before. */
  async #drop(last: number): Promise<number> {
    const { shard } = this.context
    if (last < this.#droppedUntil) return 0
    const range = { gte: panesFrom(this.#droppedUntil), lt: panesFrom(last + 1), limit: CLOSE_LIMIT }
    let count = 0
    for await (const { bytes, value } of scan(shard, range)) {
      const { key, time } = splitTimed(bytes)
      const decoded = await shard.decodeKey(key)
      shard.put(shard.adopt(paneId(time, decoded, bytes), bytes, value), ABSENT)
      count++
    }
    if (count < CLOSE_LIMIT) this.#droppedUntil = last + 1
    return count
  }
}

/** What identifies a window of a key in its shard. */
export function paneId(start: number, key: unknown, bytes: Uint8Array): string {
  return isSimple(key) ? `${start} ${key}` : bytesId(bytes)
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16))
}
