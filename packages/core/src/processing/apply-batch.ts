import type { Clock } from '../service/clock.ts'
import { FaustError } from '../service/errors.ts'
import { isPromise } from '../service/maybe-promise.ts'
import type { StoreEntry } from '../store/store.ts'
import type { IncomingRecord, RecordBatch } from '../transport/record.ts'
import type { ChangelogShard } from './changelog-shard.ts'

/** Writes what was read from a changelog into its shard, as one batch with its position. Answers how many entries it had. */
export async function applyBatch(clock: Clock, shard: ChangelogShard, batch: RecordBatch): Promise<number> {
  const { store, log } = shard
  const entries = entriesOf(shard, batch.records)
  const note = store.position?.note ?? ''
  const written = store.write({
    entries,
    position: { log, offset: batch.nextOffset - 1, time: clock.now(), note },
  })
  if (isPromise(written)) await written
  return entries.length
}

/** The records themselves, as they are entries already; those without a key belong to nobody and are left out. */
function entriesOf(shard: ChangelogShard, records: readonly IncomingRecord[]): readonly StoreEntry[] {
  for (const { offset, error } of records) if (error !== undefined) throw unreadable(shard, offset, error)
  return records.every(hasKey) ? records : records.filter(hasKey)
}

function hasKey(record: IncomingRecord): record is IncomingRecord & StoreEntry {
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
