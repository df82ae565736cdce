import type { TableDefinition } from '../processing/shard/table-definition.ts'
import { checkOptions, invalidOption } from '../service/check-options.ts'
import { Topic } from '../stream/topic.ts'
import { Table } from '../table/table.ts'
import { checkName } from '../topic/names.ts'
import type { GlobalTableOptions } from './options.ts'
import { dictionaryForm } from './table-form.ts'

/** A global table as declared: keys and values as they stand in the topic, or in the table's changelog. */
export function globalTableDefinition<K, V, Missing>(
  app: object,
  name: string,
  options: GlobalTableOptions<K, V, Missing>,
): TableDefinition {
  const where = `Global table ${name}`
  checkOptions(where, options, ['from', 'default'])
  if (options.default !== undefined && typeof options.default !== 'function') {
    throw invalidOption(where, 'default', 'must be a function that gives the value: { default: () => 0 }.')
  }
  const { from } = options
  const isSource = from instanceof Topic || from instanceof Table
  if (!isSource || from.owner !== app) throw invalidOption(where, 'from', 'must be a topic or a table of this app.')
  const common = {
    name: checkName('a table', name),
    config: {},
    replicas: undefined,
    partitionBy: 'key',
    keyed: false,
    // It is a copy: what its source has lost is lost here too.
    changelogLoss: 'rebuild',
    snapshots: undefined,
  } as const
  const { definition } = from
  if (from instanceof Topic) {
    if (!definition.key.supports.keys) {
      throw invalidOption(where, 'from', `is a topic whose keys by ${definition.key.name} can't be keys of a table.`)
    }
    const { key, name: changelog, value } = definition
    return { ...common, key, value, form: dictionaryForm(key, value, 'key'), changelog }
  }
  const { changelog, form, key, layout, value } = from.definition
  if (layout !== undefined)
    throw invalidOption(where, 'from', "is a table with `ttl`, whose values can't be copied so.")
  return { ...common, key, value, form, changelog }
}
