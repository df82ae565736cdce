import type { Transport } from '@faust/core'
import type { Retreat } from './copies.ts'
import { changelogTopic, finalsTopic, inputTopic, outputTopic, type TableName } from './program.ts'
import { type Log, readTopic } from './read-topic.ts'
import type { Restore } from './restores.ts'
import type { Snapshot } from './snapshots.ts'

/** Everything that a run has left in Kafka, by partition. */
export interface Evidence {
  /** Ids 0 to `sent` - 1 were acknowledged to the feeder. */
  readonly sent: number
  readonly input: Log
  readonly output: Log
  /** Final results of windows. */
  readonly finals: Log
  readonly changelogs: Readonly<Record<TableName, Log>>
  /** The changelogs of all tables, with the times at which records were written; not all have values. */
  readonly written: Readonly<Record<string, Log>>
  /** In the order they were taken. */
  readonly snapshots: readonly Snapshot[]
  readonly restores: readonly Restore[]
  readonly retreats: readonly Retreat[]
}

/** Reads all topics of a run back, as a reader of committed records sees them. */
export async function gather(
  transport: Transport,
  run: string,
  seen: Pick<Evidence, 'sent' | 'snapshots' | 'restores' | 'retreats'>,
): Promise<Evidence> {
  const changelog = (table: TableName): Promise<Log> => readTopic(transport, changelogTopic(run, table))
  const changelogs = {
    counts: await changelog('counts'),
    most: await changelog('most'),
    ids: await changelog('ids'),
    grouped: await changelog('grouped'),
  }
  const windows = await readTopic(transport, changelogTopic(run, 'windows'), { values: false })
  return {
    ...seen,
    input: await readTopic(transport, inputTopic(run)),
    output: await readTopic(transport, outputTopic(run)),
    finals: await readTopic(transport, finalsTopic(run)),
    changelogs,
    written: { ...changelogs, windows },
  }
}

/** A table as its changelog ends. */
export function lastValues<T>(changelog: Log): Map<string, T> {
  const table = new Map<string, T>()
  for (const partition of changelog) {
    for (const { key, value } of partition) {
      if (value === undefined) table.delete(key)
      else table.set(key, value as T)
    }
  }
  return table
}
