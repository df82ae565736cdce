import type { FaustError, OutgoingRecord } from '@faust/core'
import type { Wave } from './flush-waves.ts'

/** One call of `send`, until it has settled. */
export interface PendingSend {
  readonly records: readonly OutgoingRecord[]
  /** Epoch ms of the call, for records without a timestamp of their own. */
  readonly timestamp: number
  /** `monotonic` of the call. */
  readonly since: number
  readonly wave: Wave
  readonly resolve: (baseOffset: number) => void
  readonly reject: (error: FaustError) => void
  /** Records that are part of a batch already: one call may take several batches. */
  taken: number
  /** Records that the log has acknowledged. */
  stored: number
  /** Offset of the first one; -1 until it is known, and where the log does not say. */
  baseOffset: number
  /** Set once; what of it was not taken by then never is. */
  error: FaustError | null
}

/** Records of one send in one batch. */
export interface Part {
  readonly send: PendingSend
  readonly from: number
  /** Behind the last one. */
  readonly to: number
}

/** How many records these are. */
export function countOf(parts: readonly Part[]): number {
  let count = 0
  for (const { from, to } of parts) count += to - from
  return count
}
