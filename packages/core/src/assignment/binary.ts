import { FaustError } from '../service/errors.ts'
import { decodeUtf8, encodeUtf8 } from '../serializer/utf8.ts'

/** Bounds of what may be decoded, far beyond any real group, so that no bytes make a reader run or allocate for long. */
const MAX_TEXT = 8_192
const MAX_PARTITIONS = 200_000

/** Writes whole numbers, texts and sets of partitions compactly, into bytes of their own. */
export interface BinaryWriter {
  /** A whole number from 0 to 2^53 - 1, in seven bits a byte, the lowest first. */
  number(value: number): void
  /** A text that shares its beginning with `previous`. */
  text(value: string, previous?: string): void
  /** Ascending partitions, as runs. */
  partitions(values: readonly number[]): void
  bytes(): Uint8Array
}

export function binaryWriter(): BinaryWriter {
  let buffer = new Uint8Array(256)
  let length = 0
  const reserve = (more: number): void => {
    if (length + more <= buffer.length) return
    const larger = new Uint8Array(Math.max(buffer.length * 2, length + more))
    larger.set(buffer)
    buffer = larger
  }
  const number = (value: number): void => {
    reserve(8)
    let rest = value
    while (rest > 0x7f) {
      buffer[length++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    buffer[length++] = rest
  }
  return {
    number,
    text(value, previous = '') {
      let shared = 0
      while (shared < value.length && shared < previous.length && value[shared] === previous[shared]) shared++
      // Half a surrogate pair cannot be encoded.
      if (shared > 0 && /[\ud800-\udbff]/.test(value[shared - 1]!)) shared--
      const bytes = encodeUtf8(value.slice(shared))
      number(shared)
      number(bytes.length)
      reserve(bytes.length)
      buffer.set(bytes, length)
      length += bytes.length
    },
    partitions(values) {
      const runs: number[] = []
      let end = 0
      for (const value of values) {
        if (value === end && runs.length > 0) runs[runs.length - 1]!++
        else runs.push(value - end, 1)
        end = value + 1
      }
      number(runs.length / 2)
      for (const run of runs) number(run)
    },
    bytes: () => buffer.slice(0, length),
  }
}

/** Reads what a `BinaryWriter` wrote. Everything else is a `FaustError`: nothing is trusted, nothing is unbounded. */
export interface BinaryReader {
  number(max?: number): number
  /** A count of things that take at least one byte each. */
  count(): number
  text(previous?: string): string
  partitions(): number[]
  /** True when every byte has been read. */
  done(): boolean
}

/** `what` names the bytes in the error. */
export function binaryReader(bytes: Uint8Array, what: string): BinaryReader {
  let at = 0
  let partitionsLeft = MAX_PARTITIONS
  const malformed = (problem: string): FaustError =>
    new FaustError(
      'FAUST_GROUP_PROTOCOL',
      `${what} cannot be read (${problem} at byte ${at} of ${bytes.length}): every member of the group must be a worker of this app`,
    )
  const number = (max = Number.MAX_SAFE_INTEGER): number => {
    let value = 0
    let scale = 1
    for (let i = 0; i < 8; i++) {
      if (at >= bytes.length) throw malformed('they end early')
      const byte = bytes[at++]!
      value += (byte & 0x7f) * scale
      if (value > max) throw malformed('a number is too large')
      if (byte < 0x80) return value
      scale *= 0x80
    }
    throw malformed('a number is too long')
  }
  return {
    number,
    count: () => number(bytes.length - at),
    text(previous = '') {
      const shared = number(previous.length)
      const length = number(Math.min(MAX_TEXT, bytes.length - at))
      if (length > bytes.length - at) throw malformed('they end early')
      const rest = decodeUtf8(bytes.subarray(at, at + length))
      if (rest === undefined) throw malformed('a text is not UTF-8')
      at += length
      return previous.slice(0, shared) + rest
    },
    partitions() {
      const values: number[] = []
      let next = 0
      for (let runs = number(bytes.length - at); runs > 0; runs--) {
        next += number(MAX_PARTITIONS)
        const end = next + number(partitionsLeft)
        if (end > MAX_PARTITIONS) throw malformed('there are too many partitions')
        partitionsLeft -= end - next
        for (; next < end; next++) values.push(next)
      }
      return values
    },
    done: () => at === bytes.length,
  }
}
