import { NO_TIME } from '../../processing/queue/stream-time.ts'
import type { Serializer } from '../../serializer/serializer.ts'
import { SERIALIZER_CONTRACT } from '../../serializer/serializer.ts'
import { FaustError } from '../../service/errors.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import { closingTime, type Windowed } from '../../window/window.ts'
import { readTime, writeTime } from './window-keys.ts'
import type { WindowRule } from './window-rule.ts'
import { counted } from '../../service/counted.ts'

/** A key's windows that may still change, or that others are made from. Replaced as a whole, never changed. */
export interface KeyWindows {
  /** When the key is looked at; `NO_TIME` for never. */
  readonly timer: number
  /** Windows that close at this time or before have been closed and sent on. */
  readonly closedUntil: number
  /** When the oldest of the key's closed windows that are kept elsewhere is dropped; `NO_TIME` for none. */
  readonly expiry: number
  /** Times of values, ascending, each once: what windows are made by. */
  readonly times: readonly number[]
  /** In the order of their starts. */
  readonly windows: readonly Windowed<unknown>[]
}

export const NO_WINDOWS: KeyWindows = {
  timer: NO_TIME,
  closedUntil: NO_TIME,
  expiry: NO_TIME,
  times: [],
  windows: [],
}

/** When something of the key has to be done next: a window closed, one dropped. `keep` is how long a closed one stays. */
export function nextDue({ closedUntil, expiry, windows }: KeyWindows, rule: WindowRule, keep: number): number {
  let due = expiry === NO_TIME ? Infinity : expiry
  for (const { window } of windows) {
    const closing = closingTime(window, rule)
    due = Math.min(due, closing > closedUntil ? closing : closing + keep)
  }
  return due === Infinity ? NO_TIME : due
}

const HEAD = 8 * 3 + 4 * 2
const ITEM = 8 * 2 + 4

/** A key's windows as bytes: three times, two counts, the times of values, and each window with its value by `value`. */
export function keyWindowsSerializer(value: Serializer<unknown>): Serializer<unknown> {
  return {
    name: `windows of ${value.name}`,
    contract: SERIALIZER_CONTRACT,
    supports: { keys: false },
    encode(list, context) {
      const all = list as KeyWindows
      const values = all.windows.map((one) => value.encode(one.value, context))
      return values.some(isPromise)
        ? Promise.all(values.map(async (one) => one)).then((encoded) => pack(all, encoded))
        : pack(all, values as Uint8Array[])
    },
    check(list, context) {
      if (value.check === undefined) return
      for (const one of (list as KeyWindows).windows) value.check(one.value, context)
    },
    decode(bytes, context) {
      return unpack(bytes, (encoded) => value.decode(encoded, context))
    },
  }
}

function pack(list: KeyWindows, values: readonly Uint8Array[]): Uint8Array {
  const { closedUntil, expiry, timer, times, windows } = list
  const sizes = values.reduce((sum, { length }) => sum + ITEM + length, 0)
  const bytes = new Uint8Array(HEAD + times.length * 8 + sizes)
  const view = new DataView(bytes.buffer)
  // One more than each, as `NO_TIME` is below zero.
  for (const [index, time] of [timer, closedUntil, expiry].entries()) writeTime(bytes, index * 8, time + 1)
  view.setUint32(24, times.length)
  view.setUint32(28, windows.length)
  let at = HEAD
  for (const time of times) {
    writeTime(bytes, at, time)
    at += 8
  }
  for (const [index, { window }] of windows.entries()) {
    writeTime(bytes, at, window.start)
    writeTime(bytes, at + 8, window.end)
    view.setUint32(at + 16, values[index]!.length)
    bytes.set(values[index]!, at + ITEM)
    at += ITEM + values[index]!.length
  }
  return bytes
}

function unpack(bytes: Uint8Array, decode: (bytes: Uint8Array) => MaybePromise<unknown>): MaybePromise<KeyWindows> {
  const cut = (): FaustError =>
    new FaustError(
      'FAUST_DECODE',
      `has ${counted(bytes.length, 'byte')}, and not as many as the windows that it claims to hold`,
    )
  if (bytes.length < HEAD) throw cut()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const [timer, closedUntil, expiry] = [0, 8, 16].map((at) => readTime(bytes, at) - 1) as [number, number, number]
  let at = HEAD
  const count = view.getUint32(24)
  // Before room is made for them.
  if (at + count * 8 > bytes.length) throw cut()
  const times = Array.from({ length: count }, () => readTime(bytes, (at += 8) - 8))
  const windows: { window: { start: number; end: number }; value: unknown }[] = []
  const pending: PromiseLike<void>[] = []
  for (let left = view.getUint32(28); left > 0; left--) {
    if (at + ITEM > bytes.length) throw cut()
    const length = view.getUint32(at + 16)
    if (at + ITEM + length > bytes.length) throw cut()
    const item = { window: { start: readTime(bytes, at), end: readTime(bytes, at + 8) }, value: undefined as unknown }
    const value = decode(bytes.subarray(at + ITEM, at + ITEM + length))
    if (isPromise(value)) pending.push(value.then((decoded) => void (item.value = decoded)))
    else item.value = value
    windows.push(item)
    at += ITEM + length
  }
  if (at !== bytes.length) throw cut()
  const list = { timer, closedUntil, expiry, times, windows }
  return pending.length === 0 ? list : Promise.all(pending).then(() => list)
}
