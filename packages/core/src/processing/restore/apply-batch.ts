import type { Clock } from '../../service/clock.ts'
import { FaustError } from '../../service/errors.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { StoreEntry } from '../../store/store.ts'
import type { IncomingRecord, RecordBatch } from '../../transport/record.ts'
import type { ChangelogShard } from './changelog-shard.ts'

/**
 * Writes what was read from a changelog into its shard, as one batch with its position. Answers how many entries it had.
 *
 * Not an async function, which would hold the records until the store is done with them: stores copy what they are given,
 * and records that die young cost next to nothing, where those that outlive a write are half of what a restore costs.
 */
export function applyBatch(clock: Clock, shard: ChangelogShard, batch: RecordBatch): MaybePromise<number> {
  const { store, log } = shard
  const entries = entriesOf(shard, batch.records)
  const count = entries.length
  const note = store.position?.note ?? ''
  const written = store.write({
    entries,
    position: { log, offset: batch.nextOffset - 1, time: clock.now(), note },
  })
  return isPromise(written) ? written.then(() => count) : count
}

/** The records themselves, as they are entries already; those without a key belong to nobody and are left out. */
function entriesOf(shard: ChangelogShard, records: readonly IncomingRecord[]): readonly StoreEntry[] {
  let keyless = false
  for (const { offset, error, key } of records) {
    if (error !== undefined) throw unreadable(shard, offset, error)
    if (key === null) keyless = true
  }
  return keyless ? records.filter(hasKey) : (records as readonly KeyedRecord[])
}

type KeyedRecord = IncomingRecord & StoreEntry

function hasKey(record: IncomingRecord): record is KeyedRecord {
  return record.key !== null
}

function unreadable({ table, partition }: ChangelogShard, offset: number, cause: unknown): FaustError {
  return new FaustError(
    'FAUST_RESTORE_FAILED',
    `Table ${table.name}, partition ${partition}: the record at offset ${offset} of ${table.changelog} can't be read, so ` +
      `the table can't be rebuilt from it. See the cause.`,
    { cause, details: { table: table.name, partition, offset } },
  )
}
