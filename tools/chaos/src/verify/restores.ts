import type { Evidence } from '../evidence.ts'
import type { Findings } from './findings.ts'

/** What starts after a kill have read of the changelogs, of shards that their state directories had before. */
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
 * the last commit that its worker has ended. Gives what starts have read.
 */
export function checkRestores({ restores, written }: Evidence, findings: Findings): Tails {
  let shards = 0
  let read = 0
  let whole = 0
  for (const { worker, start, starting, table, partition, records, since } of restores) {
    if (since === undefined) continue
    const times = written[table]![partition]!
    const tail = times.filter((time) => time >= since).length
    if (records > tail) {
      findings.add(
        'restore',
        `worker ${worker} read ${records} of ${times.length} records of ${table} ${partition} in its process ${start}, ` +
          `where ${tail} came since its last commit`,
      )
    }
    if (!starting || start === 1) continue
    shards++
    read += records
    whole += times.length
  }
  return { shards, read, whole }
}
