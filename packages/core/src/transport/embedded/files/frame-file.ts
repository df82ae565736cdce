import { ftruncateSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { ByteWriter } from './byte-writer.ts'
import { directoryFault } from './file-fault.ts'
import { MAGIC } from './frame-scan.ts'
import { FRAME_HEAD, sealFrame } from './frame.ts'
import type { OpenFiles } from './open-files.ts'

/** A file that entries are appended to, each wholly or not at all. */
export class FrameFile {
  #path: string
  readonly #files: OpenFiles
  #size: number
  /** Whether bytes of a failed write may lie behind the end. */
  #dirty: boolean

  /** `end` is how far the file is intact, as a scan found; everything behind it is cut off by the first append. */
  constructor(path: string, files: OpenFiles, end: number) {
    this.#path = path
    this.#files = files
    this.#size = end
    this.#dirty = true
  }

  /** Bytes up to the end of the last entry. */
  get size(): number {
    return this.#size
  }

  /**
   * Appends what `writer` holds, which began with `FRAME_HEAD` free bytes. When this returns the operating system has
   * the bytes: they outlive the process, though not a power cut. Throws `FAUST_LOG_DIRECTORY` with nothing appended.
   */
  append(writer: ByteWriter): void {
    const frame = writer.written()
    sealFrame(frame)
    try {
      const file = this.#files.descriptor(this.#path)
      if (this.#dirty) this.#cut(file)
      this.#dirty = true
      if (this.#size === 0) this.#write(file, MAGIC)
      this.#write(file, frame)
      this.#dirty = false
    } catch (error) {
      throw directoryFault(this.#path, 'Writing', error)
    }
  }

  /** Puts this file in the place of `other`, at once and for good. */
  replace(other: FrameFile): void {
    try {
      this.#files.close(this.#path)
      this.#files.close(other.#path)
      renameSync(this.#path, other.#path)
      this.#path = other.#path
    } catch (error) {
      throw directoryFault(this.#path, 'Renaming', error)
    }
  }

  close(): void {
    this.#files.close(this.#path)
  }

  destroy(): void {
    this.#files.close(this.#path)
    rmSync(this.#path, { force: true })
  }

  #cut(file: number): void {
    ftruncateSync(file, this.#size)
    this.#dirty = false
  }

  #write(file: number, bytes: Buffer): void {
    const start = this.#size
    let done = 0
    while (done < bytes.length) done += writeSync(file, bytes, done, bytes.length - done, start + done)
    this.#size = start + bytes.length
  }
}

/** Begins an entry in `writer`. */
export function beginEntry(writer: ByteWriter): void {
  writer.reset(FRAME_HEAD)
}
