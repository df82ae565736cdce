import { rmSync } from 'node:fs'
import type { IncomingRecord } from '../../record.ts'
import { indexOf } from '../log/chunk.ts'
import type { Chunk } from '../log/chunk.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { stateOf } from '../log/partition-restore.ts'
import type { PartitionRewrite } from '../log/partition-storage.ts'
import type { ByteWriter } from './byte-writer.ts'
import { FrameFile } from './frame-file.ts'
import type { OpenFiles } from './open-files.ts'
import { writeSpan, writeState } from './partition-codec.ts'

/** Where the new file is written until it is complete. */
export interface RewriteTarget {
  readonly path: string
  readonly files: OpenFiles
  readonly writer: ByteWriter
}

/**
 * Writes a partition's chunks to a new file, then what it knows beside them, and lets the new file take the place of
 * the old one. Until then appends go to the old one and to memory, so the last step finds them there.
 */
export class FileRewrite implements PartitionRewrite {
  readonly #log: PartitionLog
  readonly #target: RewriteTarget
  readonly #file: FrameFile
  readonly #done: (file: FrameFile) => void
  /** Everything below is in the new file. */
  #written: number

  constructor(log: PartitionLog, target: RewriteTarget, done: (file: FrameFile) => void) {
    this.#log = log
    this.#target = target
    this.#file = new FrameFile(target.path, target.files, 0)
    this.#done = done
    this.#written = log.logStart
  }

  step(chunks: number): boolean {
    const log = this.#log
    try {
      for (let done = 0; done < chunks; done++) {
        if (this.#written >= log.logEnd || log.chunks.length === 0) return this.#finish()
        this.#written = Math.max(this.#written, log.logStart)
        this.#write(log.chunks[log.chunkIndex(this.#written)] as Chunk)
      }
    } catch (error) {
      this.abandon()
      throw error
    }
    return false
  }

  abandon(): void {
    this.#file.close()
    rmSync(this.#target.path, { force: true })
  }

  #write({ records, spans, nextOffset, appendedAt }: Chunk): void {
    const { writer } = this.#target
    for (const span of spans) {
      if (span.nextOffset <= this.#written) continue
      const baseOffset = Math.max(span.baseOffset, this.#written)
      const past = baseOffset - span.baseOffset
      const baseSequence = span.baseSequence < 0 ? -1 : (span.baseSequence + past) % 2 ** 31
      writeSpan(writer, {
        span: { ...span, baseOffset, baseSequence },
        records: between(records, baseOffset, span.nextOffset),
        appendedAt,
      })
      this.#file.append(writer)
    }
    this.#written = nextOffset
  }

  #finish(): boolean {
    writeState(this.#target.writer, stateOf(this.#log))
    this.#file.append(this.#target.writer)
    this.#done(this.#file)
    return true
  }
}

function between(records: readonly IncomingRecord[], from: number, to: number): readonly IncomingRecord[] {
  return records.slice(indexOf(records, from), indexOf(records, to))
}
