import type { Evidence } from '../evidence.ts'
import type { Findings } from './findings.ts'

/** What starts after a kill, and copies to which their partitions came, have read of the changelogs. */
export interface Tails {
  /** Shards. */
  readonly shards: number
  /** Records that they read. */
  readonly read: number
  /** Records of these shards' changelogs in the end: what a wipe would have had to read, about. */
  readonly whole: number
}

/**
 * A shard that was there before is brought to its end by the changelog's tail: by no more than what was written after
 * the last commit that its worker has ended, and by no more than a copy of it lacked. Gives what starts and copies have read.
 */
export function checkRestores({ restores, written }: Evidence, findings: Findings): Tails {
  let shards = 0
  let read = 0
  let whole = 0
  for (const { worker, start, starting, table, partition, records, since, copied } of restores) {
    if (since === undefined && copied === 0) continue
    const log = written[table]![partition]!
    const tail = log.filter(({ offset, timestamp }) => offset >= copied && timestamp >= (since ?? 0)).length
    if (records > tail) {
      findings.add(
        'restore',
        `worker ${worker} read ${records} of ${log.length} records of ${table} ${partition} in its process ${start}, ` +
          `where ${tail} came since its last commit and behind its copy`,
      )
    }
    if (copied === 0 && (!starting || start === 1)) continue
    shards++
    read += records
    whole += log.length
  }
  return { shards, read, whole }
}
