import { FaustError } from '../service/errors.ts'
import type { TopicPartitionOffset } from '../transport/record.ts'
import { describePlace } from './queue/record-error.ts'

/** What follows when something has stood still for too long. */
export type StallAction = 'log' | 'restart' | 'stop'

/** Something that has stood still for too long, and where. */
export interface Stall extends TopicPartitionOffset {
  /**
   * `handler`: an agent has the value in hand and does not end. `commit`: a cycle does not end. `fetch`: nothing is
   * fetched although the log has more.
   */
  readonly kind: 'handler' | 'commit' | 'fetch'
  /** Whose handler. */
  readonly agent?: string | undefined
  /** Ms for which nothing has moved. */
  readonly duration: number
}

/** What it is, where and for how long, without a full stop. */
export function describeStall(stall: Stall): string {
  const { agent, duration, kind } = stall
  const where = describePlace(stall)
  const time = `for ${Math.round(duration)} ms`
  if (kind === 'handler') return `Agent ${agent} has had the value at ${where} in hand ${time}`
  if (kind === 'commit') return `A commit has not ended ${time}; it waits to commit ${where}`
  return `Nothing was fetched of ${where} ${time}, although the log has more`
}

/** What a stalled handler's value fails with, or what the app stops with. */
export function stalled(stall: Stall): FaustError {
  const { agent, kind, offset, partition, topic } = stall
  return new FaustError(
    'FAUST_STALLED',
    `${describeStall(stall)}. Give whatever it waits for a time limit, or raise \`stallTimeout\`.`,
    { retriable: true, details: { kind, agent, topic, partition, offset } },
  )
}
