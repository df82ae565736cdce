import { NO_TIME } from '../../processing/queue/stream-time.ts'

/** How far a shard's windows are closed. Kept in the shard, as the last record of a cycle that closes some. */
export interface WindowState {
  /** Windows that close at this stream time or before take nothing more. */
  readonly closedUntil: number
  /** By topic: records below these offsets have had their effect on the windows that are closed. */
  readonly frontiers: Readonly<Record<string, number>>
  /** The key, in hexadecimal digits, up to which the windows that close now have been gone through; none when all have. */
  readonly cursor?: string | undefined
}

export const NOTHING_CLOSED: WindowState = { closedUntil: NO_TIME, frontiers: {} }
