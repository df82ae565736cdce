import type { PartitionLog } from '../log/partition-log.ts'
import { restoreSpan, restoreState } from '../log/partition-restore.ts'
import type { PartitionRewrite, PartitionStorage, StoredAppend, StoredMarker } from '../log/partition-storage.ts'
import { ByteWriter } from './byte-writer.ts'
import { FrameFile } from './frame-file.ts'
import { scanFrames } from './frame-scan.ts'
import type { OpenFiles } from './open-files.ts'
import { readEntry, writeAppend, writeLogStart, writeSpan } from './partition-codec.ts'
import type { PartitionEntry } from './partition-codec.ts'
import { FileRewrite } from './partition-rewrite.ts'

/** Bytes below which a file is not worth to be written anew. */
const SMALL = 256 * 1024
/** A file is worth to be written anew when it is so many times what its records take. */
const WASTE = 2
/** Bytes that an entry takes beside key, value and headers. */
const OVERHEAD = 16

/** What a partition's file is made from. */
export interface PartitionFileOptions {
  readonly path: string
  readonly files: OpenFiles
  readonly log: PartitionLog
  /** Shared by all partitions: appends are synchronous. */
  readonly writer: ByteWriter
  /** Told when the file ended in the middle of an entry, which is cut off. */
  readonly onTorn: (path: string, bytes: number) => void
}

/** One partition in one append-only file. */
export class PartitionFile implements PartitionStorage {
  readonly #options: PartitionFileOptions
  #file: FrameFile

  /** Reads what the file has into the partition's log. */
  constructor(options: PartitionFileOptions) {
    const { path, files, log, onTorn } = options
    this.#options = options
    const { end, torn } = scanFrames(path, (entry) => restore(log, readEntry(entry)))
    if (torn > 0) onTorn(path, torn)
    this.#file = new FrameFile(path, files, end)
  }

  append(entry: StoredAppend): void {
    const { writer } = this.#options
    writeAppend(writer, entry)
    this.#file.append(writer)
  }

  marker({ kind, offset, producerId, producerEpoch, now }: StoredMarker): void {
    const { writer } = this.#options
    const span = { kind, baseOffset: offset, nextOffset: offset + 1, producerId, producerEpoch }
    writeSpan(writer, { span: { ...span, baseSequence: -1, transactional: true }, records: [], appendedAt: now })
    this.#file.append(writer)
  }

  logStart(offset: number): void {
    const { writer } = this.#options
    writeLogStart(writer, offset)
    this.#file.append(writer)
  }

  rewrite(force: boolean): PartitionRewrite | null {
    const { log, path, files, writer } = this.#options
    const worth = log.chunks.reduce((sum, { bytes, records }) => sum + bytes + records.length * OVERHEAD, 0)
    const { size } = this.#file
    if (!force && (size < SMALL || size < worth * WASTE)) return null
    return new FileRewrite(log, { path: `${path}.new`, files, writer }, (written) => {
      written.replace(this.#file)
      this.#file = written
    })
  }

  close(): void {
    this.#file.close()
  }

  destroy(): void {
    this.#file.destroy()
  }
}

function restore(log: PartitionLog, entry: PartitionEntry): void {
  if (entry.type === 'span') restoreSpan(log, entry.span, entry.records, entry.appendedAt)
  else if (entry.type === 'log-start') log.restoreLogStart(entry.offset)
  else restoreState(log, entry)
}
