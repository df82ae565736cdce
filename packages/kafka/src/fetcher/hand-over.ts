import { isFaustError } from '@faust/core'
import type { FaustError, RecordBatch } from '@faust/core'
import { joinCuts } from './join-cuts.ts'
import type { Cut } from './kept-answer.ts'
import { damageStays } from './faults.ts'
import type { Position } from './position.ts'

/**
 * Takes from what is kept of a partition, and moves its position; `null` when there is nothing. Also a move alone, past
 * markers, aborted records or what compaction left, is a batch. What can't be read at all becomes the partition's failure.
 */
export function handOver(position: Position, maxRecords: number, maxBytes: number): RecordBatch | null {
  const before = position.offset
  const cuts: Cut[] = []
  let count = 0
  let bytes = 0
  let { highWatermark } = position
  for (let answer = position.kept[0]; answer !== undefined; answer = position.kept[0]) {
    highWatermark = Math.max(highWatermark, answer.highWatermark)
    let taken: Cut | null | undefined
    try {
      taken = answer.take(maxRecords - count, maxBytes - bytes, count === 0)
    } catch (error) {
      moveTo(position, answer.position, answer.readEpoch)
      refuse(position, error)
      break
    }
    if (taken === undefined) break
    moveTo(position, answer.position, answer.readEpoch)
    if (taken === null) {
      position.kept.shift()
      // What follows was asked for by what headers say; decoding may have come to another end.
      if (position.kept[0] !== undefined && position.kept[0].from !== position.offset) position.forget()
      continue
    }
    cuts.push(taken)
    count += taken.to - taken.from
    bytes += taken.size
    if (count >= maxRecords || bytes >= maxBytes) break
  }
  if (position.offset <= before) return null
  const { topic, partition, offset, leaderEpoch } = position
  return {
    topic,
    partition,
    records: joinCuts(cuts),
    nextOffset: offset,
    highWatermark: Math.max(highWatermark, offset),
    leaderEpoch,
    bytes,
  }
}

function moveTo(position: Position, offset: number, leaderEpoch: number): void {
  position.offset = Math.max(position.offset, offset)
  if (leaderEpoch >= 0) position.leaderEpoch = leaderEpoch
}

/** What was damaged on its way here is fine when it is fetched again; what stays so is told. */
function refuse(position: Position, error: unknown): void {
  if (isFaustError(error) && error.retriable && position.damagedAt !== position.offset) {
    position.damagedAt = position.offset
    position.forget()
    return
  }
  position.fail(isFaustError(error) && error.retriable ? damageStays(error) : (error as FaustError))
}
