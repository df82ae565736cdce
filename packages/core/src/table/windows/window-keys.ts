import { FaustError } from '../../service/errors.ts'
import { escapeKey, unescapeKey } from '../composite-key.ts'
import { counted } from '../../service/counted.ts'

// What a windowed table keeps under which bytes. The first byte says what it is; times are eight bytes, the larger after
// the smaller, so that what is due lies together and in order.

const STATE = 0
const TIMER = 1
const DATA = 2
const ARCHIVE = 3

/** How far windows are closed; the last record of every cycle that closes some. */
export const STATE_KEY: Uint8Array = Uint8Array.of(STATE)

export function isState(key: Uint8Array): boolean {
  return key[0] === STATE
}

export function isTimer(key: Uint8Array): boolean {
  return key[0] === TIMER
}

export function isData(key: Uint8Array): boolean {
  return key[0] === DATA
}

/** A key's place among the timers: it is looked at when `time` has come. */
export function timerKey(time: number, key: Uint8Array): Uint8Array {
  return timed(TIMER, time, key)
}

/** One window of a key, by its start: windows of one start lie together. */
export function paneKey(start: number, key: Uint8Array): Uint8Array {
  return timed(DATA, start, key)
}

/** The bytes from which timers, or windows by their start, of `time` and later lie. */
export function timersFrom(time: number): Uint8Array {
  return timed(TIMER, time, NONE)
}

export function panesFrom(start: number): Uint8Array {
  return timed(DATA, start, NONE)
}

/** The time and the user's key of a timer or of a window by its start. */
export function splitTimed(bytes: Uint8Array): { readonly time: number; readonly key: Uint8Array } {
  return { time: readTime(bytes, 1), key: bytes.subarray(9) }
}

/** What is kept of a key as a whole. */
export function listKey(key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + key.length)
  bytes[0] = DATA
  bytes.set(key, 1)
  return bytes
}

/** The bounds of everything that is neither state, nor timer, nor a closed window of its own. */
export const DATA_BOUNDS: { readonly gte: Uint8Array; readonly lt: Uint8Array } = {
  gte: Uint8Array.of(DATA),
  lt: Uint8Array.of(DATA + 1),
}

/** The bounds of all closed windows. */
export const ARCHIVES: { readonly gte: Uint8Array; readonly lt: Uint8Array } = {
  gte: Uint8Array.of(ARCHIVE),
  lt: Uint8Array.of(ARCHIVE + 1),
}

/** What all closed windows of a key begin with. */
export function archivePrefix(key: Uint8Array): Uint8Array {
  const escaped = escapeKey(key)
  const bytes = new Uint8Array(1 + escaped.length)
  bytes[0] = ARCHIVE
  bytes.set(escaped, 1)
  return bytes
}

/** A closed window of a key: those of one key lie together, in the order of their starts. */
export function archiveKey(prefix: Uint8Array, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(prefix.length + 16)
  bytes.set(prefix)
  writeTime(bytes, prefix.length, start)
  writeTime(bytes, prefix.length + 8, end)
  return bytes
}

export function splitArchive(bytes: Uint8Array): {
  readonly key: Uint8Array
  readonly start: number
  readonly end: number
} {
  const times = bytes.length - 16
  return { key: unescapeKey(bytes.subarray(1, times)), start: readTime(bytes, times), end: readTime(bytes, times + 8) }
}

const NONE = new Uint8Array(0)

function timed(tag: number, time: number, key: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(9 + key.length)
  bytes[0] = tag
  writeTime(bytes, 1, time)
  bytes.set(key, 9)
  return bytes
}

export function writeTime(bytes: Uint8Array, at: number, time: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  view.setUint32(at, Math.floor(time / 2 ** 32))
  view.setUint32(at + 4, time >>> 0)
}

export function readTime(bytes: Uint8Array, at: number): number {
  // The buffer may go on behind these bytes.
  if (at < 0 || at + 8 > bytes.length) {
    throw new FaustError(
      'FAUST_DECODE',
      `has ${counted(bytes.length, 'byte')}, too few for the times that windows are kept with`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
}
