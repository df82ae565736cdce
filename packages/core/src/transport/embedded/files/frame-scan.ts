import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { corruptFault, directoryFault } from './file-fault.ts'
import { FRAME_HEAD, isIntact, readHead } from './frame.ts'

/** The first bytes of every file, with the version of its format. */
export const MAGIC: Buffer = Buffer.from('FAUSTLG1')
/** Bytes that are looked through at once for a later frame. */
const BLOCK = 1024 * 1024

/** How far a file is intact. */
export interface FrameScan {
  /** Bytes up to the end of the last intact entry. */
  readonly end: number
  /** Bytes behind it: an entry that was being written when the process ended. */
  readonly torn: number
}

/**
 * Reads a file from its beginning, calling `visit` with every entry in its order; each entry's bytes are its own.
 * A file that is not there is an empty one. Damage at the end is what a crash leaves and is told by `torn`; damage that
 * intact entries follow throws `FAUST_LOG_CORRUPT`, as does a `visit` that throws a `RangeError`.
 */
export function scanFrames(path: string, visit: (entry: Buffer) => void): FrameScan {
  const file = openFile(path)
  if (file === null) return { end: 0, torn: 0 }
  try {
    const size = fstatSync(file).size
    const magic = read(file, 0, Math.min(size, MAGIC.length))
    if (size < MAGIC.length) return { end: 0, torn: size }
    if (!magic.equals(MAGIC)) throw corruptFault(path, 0, 'it is no file of an embedded log, or of another version')
    let at = MAGIC.length
    while (at < size) {
      const entry = readFrame(file, at, size)
      if (typeof entry === 'number') {
        refuseDamage(path, file, at, entry, size)
        break
      }
      try {
        visit(entry)
      } catch (error) {
        if (error instanceof RangeError) throw corruptFault(path, at, error.message)
        throw error
      }
      at += FRAME_HEAD + entry.length
    }
    return { end: at, torn: size - at }
  } finally {
    closeSync(file)
  }
}

/** Null where there is no such file. */
function openFile(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw directoryFault(path, 'Opening', error)
  }
}

/** The entry at `at`; where it is damaged, from where on intact ones may follow. */
function readFrame(file: number, at: number, size: number): Buffer | number {
  if (size - at < FRAME_HEAD) return size
  const head = readHead(read(file, at, FRAME_HEAD), 0)
  if (head === null) return at + 1
  const end = at + FRAME_HEAD + head.length
  // Nothing can follow an entry that reaches beyond the end: it is the last one.
  if (end > size) return size
  const entry = read(file, at + FRAME_HEAD, head.length)
  return isIntact(entry, head) ? entry : end
}

/** Throws when an intact entry begins at `from` or later: then it was no crash that did the damage at `at`. */
function refuseDamage(path: string, file: number, at: number, from: number, size: number): void {
  for (let start = from; start <= size - FRAME_HEAD; start += BLOCK) {
    const block = read(file, start, Math.min(BLOCK + FRAME_HEAD - 1, size - start))
    for (let index = 0; index <= block.length - FRAME_HEAD; index++) {
      const length = block.readUInt32LE(index)
      const end = start + index + FRAME_HEAD + length
      if (length === 0 || end > size) continue
      const head = readHead(block, index)
      if (head === null || !isIntact(read(file, start + index + FRAME_HEAD, length), head)) continue
      throw corruptFault(path, at, 'a checksum does not match')
    }
  }
}

function read(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const count = readSync(file, buffer, done, length - done, position + done)
    if (count === 0) return buffer.subarray(0, done)
    done += count
  }
  return buffer
}
