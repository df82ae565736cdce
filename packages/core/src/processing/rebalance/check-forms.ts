import { FaustError } from '../../service/errors.ts'
import type { CommittedOffset } from '../../transport/admin.ts'
import { decodeMetadata } from '../queue/offset-metadata.ts'
import type { TableDefinition } from '../shard/table-definition.ts'
import type { Topology } from '../topology.ts'

/**
 * Throws `FAUST_TABLE_CHANGED` when a table was filled in another form than the one it is declared in. A changelog has one
 * form for life, so whatever was committed of it counts, however old. What was written before forms were committed says
 * nothing, and is taken for what is declared.
 */
export function checkForms({ tables, topics }: Topology, committed: readonly CommittedOffset[]): void {
  const declared = new Map([...tables.values()].map((table) => [topics.get(table.changelog)?.id, table]))
  for (const { metadata, partition, topic } of committed) {
    for (const [log, form] of decodeMetadata(metadata).forms) {
      const table = declared.get(log)
      if (table !== undefined && table.form !== form) throw changed(table, form, { topic, partition })
    }
  }
}

function changed({ changelog, form, name }: TableDefinition, before: string, place: object): FaustError {
  return new FaustError(
    'FAUST_TABLE_CHANGED',
    `Table ${name} was filled as "${before}", and is declared as "${form}" now: its entries would be taken for something ` +
      "else. Declare it as it was; or give it another name, under which it begins empty; or raise the app's `version`, " +
      'which reads the sources again from their beginning.',
    { details: { table: name, changelog, before, now: form, ...place } },
  )
}
