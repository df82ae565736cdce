import { compactChunk, mergeChunks, noteKeys, splitChunk } from './compaction.ts'
import type { LastOffsets, TombstoneRule } from './compaction.ts'
import type { Chunk } from './chunk.ts'
import type { PartitionLog } from './partition-log.ts'

/** Keys are noted from so many chunks at most; the rest is left to the next pass. */
const MOST_DIRTY_CHUNKS = 128

/**
 * One cleaning of one partition, in small steps between which everything else goes on. It first notes the keys of what
 * is not clean yet, then goes through the chunks from the log start and leaves out what those keys supersede.
 */
export class CompactionPass {
  readonly log: PartitionLog
  readonly #rule: TombstoneRule
  readonly #last: LastOffsets = new Map()
  /** Where the part ends that this pass makes clean. */
  readonly #end: number
  /** How far the keys have been noted, then how far the chunks have been cleaned. */
  #noted: number
  #cleaned: number

  /** `upTo` is a boundary between chunks, at most the last stable offset. */
  constructor(log: PartitionLog, upTo: number, rule: TombstoneRule, bounded: boolean) {
    this.log = log
    this.#rule = rule
    this.#noted = Math.max(log.cleanedUpTo, log.logStart)
    this.#cleaned = 0
    this.#end = bounded ? boundedEnd(log, this.#noted, upTo) : upTo
  }

  /** Works on `chunks` chunks at most. True when the pass is over. */
  step(chunks: number): boolean {
    for (let done = 0; done < chunks; done++) {
      const next = this.#chunkAt(this.#noted)
      if (next === null) return this.#clean(chunks - done)
      noteKeys(this.#last, next, this.#noted)
      this.#noted = next.nextOffset
    }
    return false
  }

  #clean(chunks: number): boolean {
    const { log } = this
    const first = this.#chunkAt(Math.max(this.#cleaned, log.logStart))
    if (first === null || chunks === 0) return this.#finish(first === null)
    const from = log.chunks.indexOf(first)
    let to = from
    while (to < log.chunks.length && to - from < chunks && (log.chunks[to] as Chunk).nextOffset <= this.#end) to++
    const before = log.chunks.slice(from, to)
    const after = before.map((chunk) => compactChunk(chunk, this.#last, this.#rule))
    log.chunks.splice(from, to - from, ...mergeChunks(after))
    this.#cleaned = before.at(-1)?.nextOffset ?? this.#end
    // Records of these transactions lie before their markers, so they are all gone by now.
    log.aborted = log.aborted.filter(({ lastOffset }) => lastOffset >= this.#cleaned)
    return this.#finish(this.#chunkAt(this.#cleaned) === null)
  }

  #finish(over: boolean): boolean {
    if (over) this.log.cleanedUpTo = Math.max(this.log.cleanedUpTo, this.#end)
    return over
  }

  /** The chunk at `offset` if it belongs to this pass. */
  #chunkAt(offset: number): Chunk | null {
    const { log } = this
    if (offset >= this.#end || log.chunks.length === 0) return null
    const chunk = log.chunks[log.chunkIndex(offset)] as Chunk
    return chunk.nextOffset <= this.#end && chunk.nextOffset > offset ? chunk : null
  }
}

/** Makes `offset` a boundary between chunks. */
export function splitAt(log: PartitionLog, offset: number): void {
  if (offset <= log.logStart || offset >= log.logEnd || log.chunks.length === 0) return
  const index = log.chunkIndex(offset)
  const chunk = log.chunks[index] as Chunk
  if (chunk.baseOffset < offset && offset < chunk.nextOffset) log.chunks.splice(index, 1, ...splitChunk(chunk, offset))
}

function boundedEnd(log: PartitionLog, from: number, upTo: number): number {
  if (log.chunks.length === 0) return upTo
  const last = log.chunks[log.chunkIndex(from) + MOST_DIRTY_CHUNKS]
  return last === undefined ? upTo : Math.min(upTo, last.baseOffset)
}
