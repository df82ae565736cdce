import type { Clock } from '../../service/clock.ts'
import { FaustError } from '../../service/errors.ts'
import { isPromise, type MaybePromise } from '../../service/maybe-promise.ts'
import type { StoreEntry } from '../../store/store.ts'
import type { IncomingRecord, IncomingRecords, RecordBatch } from '../../transport/record.ts'
import type { ChangelogShard } from './changelog-shard.ts'

/**
 * Writes what was read from a changelog into its shard, as one batch with its position. Answers how many entries it had.
 *
 * Not an async function, which would hold the records until the store is done with them; and each is made when the store asks
 * for it. So they die young and cost next to nothing, where those that outlive a write are half of what a restore costs.
 */
export function applyBatch(clock: Clock, shard: ChangelogShard, batch: RecordBatch): MaybePromise<number> {
  const { store, log } = shard
  const entries = new ChangelogEntries(shard, batch.records)
  const note = store.position?.note ?? ''
  const written = store.write({
    entries,
    position: { log, offset: batch.nextOffset - 1, time: clock.now(), note },
  })
  return isPromise(written) ? written.then(() => entries.count) : entries.count
}

/** The records of a changelog, which are entries already, except those without a key: they belong to nobody. */
class ChangelogEntries implements Iterable<StoreEntry> {
  /** Given so far. */
  count = 0
  readonly #shard: ChangelogShard
  #records: IncomingRecords | undefined

  constructor(shard: ChangelogShard, records: IncomingRecords) {
    this.#shard = shard
    this.#records = records
  }

  *[Symbol.iterator](): Generator<StoreEntry> {
    const records = this.#records
    // Where there is nothing any more, a store would write nothing and claim all of it.
    if (records === undefined) throw goneThroughTwice(this.#shard)
    // Whoever waits for the write holds this, and need not hold them.
    this.#records = undefined
    for (let index = 0; index < records.length; index++) {
      const record = records.at(index)!
      if (record.error !== undefined) throw unreadable(this.#shard, record.offset, record.error)
      if (!hasKey(record)) continue
      this.count++
      yield record
    }
  }
}

function hasKey(record: IncomingRecord): record is IncomingRecord & StoreEntry {
  return record.key !== null
}

function goneThroughTwice({ table, partition }: ChangelogShard): FaustError {
  return new FaustError(
    'FAUST_STORE_FAILED',
    `Table ${table.name}, partition ${partition}: its store, or what wraps it, went through the entries of one write twice. ` +
      'They can be gone through once: have it copy them first, as docs/plugins/store.md says.',
    { details: { table: table.name, partition } },
  )
}

function unreadable({ table, partition }: ChangelogShard, offset: number, cause: unknown): FaustError {
  return new FaustError(
    'FAUST_RESTORE_FAILED',
    `Table ${table.name}, partition ${partition}: the record at offset ${offset} of ${table.changelog} can't be read, so ` +
      `the table can't be rebuilt from it. See the cause.`,
    { cause, details: { table: table.name, partition, offset } },
  )
}
