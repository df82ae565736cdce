import type { TableDefinition } from '../processing/shard/table-definition.ts'
import { json } from '../serializer/json.ts'
import { SERIALIZER_CONTRACT, type Serializer } from '../serializer/serializer.ts'
import { isSchema } from '../serializer/standard-schema.ts'
import { text } from '../serializer/text.ts'
import { checkContract } from '../service/contracts.ts'
import { checkOptions, checkWhole, invalidOption } from '../service/check-options.ts'
import { FaustError } from '../service/errors.ts'
import type { DeclaredStream } from '../stream/repartition.ts'
import { PRESENT } from '../table/set-table.ts'
import { changelogTopicName, checkName } from '../topic/names.ts'
import { defaultPartitioner } from '../topic/partitioner.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import { checkAgent } from './check-agent.ts'
import type { DeclaredAgent } from './compile.ts'
import type { AgentOptions, SetTableOptions, TableOptions, TopicOptions } from './options.ts'
import { agentSink } from './sinks.ts'
import { dictionaryForm, setForm } from './table-form.ts'

const TOPIC_OPTIONS = ['key', 'value', 'partitions', 'replicas', 'config', 'startAt', 'tombstones', 'create']
const TABLE_OPTIONS = [
  'key',
  'value',
  'default',
  'ttl',
  'partitionBy',
  'replicas',
  'config',
  'changelogLoss',
  'snapshots',
]
const SET_TABLE_OPTIONS = ['key', 'element', 'replicas', 'config', 'changelogLoss', 'snapshots']

/** A topic as declared, with every default in its place. */
export function topicDefinition<K, V>(
  name: string,
  options: TopicOptions<K, V>,
  app: { readonly create: boolean; readonly random: () => number },
): TopicDefinition {
  const where = `Topic ${name}`
  checkOptions(where, options, TOPIC_OPTIONS)
  checkWhole(where, 'partitions', options.partitions, 1)
  checkWhole(where, 'replicas', options.replicas, 1)
  const { startAt = 'earliest' } = options
  if (startAt !== 'earliest' && startAt !== 'latest') {
    throw invalidOption(where, 'startAt', `is ${String(startAt)}. It must be 'earliest' or 'latest'.`)
  }
  return {
    name: checkName('a topic', name),
    key: checked(where, 'key', options.key) ?? text(),
    value: checked(where, 'value', options.value) ?? json(),
    tombstones: options.tombstones ?? false,
    partitions: options.partitions,
    replicas: options.replicas,
    config: options.config ?? {},
    create: options.create ?? app.create,
    internal: false,
    startAt,
    partitioner: defaultPartitioner({ random: app.random }),
  }
}

/** A table as declared; its keys must be bytes that are always the same. */
export function tableDefinition<K, V, Missing>(
  app: string,
  name: string,
  options: TableOptions<K, V, Missing>,
): TableDefinition {
  const where = `Table ${name}`
  checkOptions(where, options, TABLE_OPTIONS)
  checkWhole(where, 'replicas', options.replicas, 1)
  if (options.default !== undefined && typeof options.default !== 'function') {
    throw invalidOption(where, 'default', 'must be a function that gives the value: { default: () => 0 }.')
  }
  const { changelogLoss = 'stop', partitionBy = 'key' } = options
  if (partitionBy !== 'key' && partitionBy !== 'source') {
    throw invalidOption(where, 'partitionBy', `is ${String(partitionBy)}. It must be 'key' or 'source'.`)
  }
  checkLoss(where, changelogLoss)
  const key = keyed(where, 'key', options.key)
  const value = checked(where, 'value', options.value) ?? json()
  return {
    name: checkName('a table', name),
    key,
    value,
    form: dictionaryForm(key, value, partitionBy),
    changelog: changelogTopicName(app, name),
    config: { 'cleanup.policy': 'compact', ...options.config },
    replicas: options.replicas,
    changelogLoss,
    snapshots: options.snapshots,
    partitionBy,
    keyed: options.ttl === undefined,
  }
}

/** A table of sets as declared, with the format of its elements, which are part of its keys in the changelog. */
export function setTableDefinition<K, E>(
  app: string,
  name: string,
  options: SetTableOptions<K, E>,
): { readonly definition: TableDefinition; readonly element: Serializer<unknown> } {
  const where = `Set table ${name}`
  checkOptions(where, options, SET_TABLE_OPTIONS)
  checkWhole(where, 'replicas', options.replicas, 1)
  const { changelogLoss = 'stop' } = options
  checkLoss(where, changelogLoss)
  const key = keyed(where, 'key', options.key)
  const element = keyed(where, 'element', options.element)
  const definition: TableDefinition = {
    name: checkName('a table', name),
    key,
    value: PRESENT,
    form: setForm(key, element),
    changelog: changelogTopicName(app, name),
    config: { 'cleanup.policy': 'compact', ...options.config },
    replicas: options.replicas,
    partitionBy: 'key',
    keyed: false,
    changelogLoss,
    snapshots: options.snapshots,
  }
  return { definition, element }
}

function checkLoss(where: string, given: unknown): void {
  if (given === 'stop' || given === 'rebuild') return
  throw invalidOption(where, 'changelogLoss', `is ${String(given)}. It must be 'stop' or 'rebuild'.`)
}

/** A format for keys, or what is like them. */
function keyed<T>(where: string, option: string, given: Serializer<T> | undefined): Serializer<unknown> {
  const key = checked(where, option, given) ?? text()
  if (key.supports.keys) return key
  throw new FaustError(
    'FAUST_SETTING_INVALID',
    `${where} can't have ${option === 'key' ? 'keys' : 'elements'} by ${key.name}: it does not promise equal bytes for ` +
      `equal ones (\`supports.keys\`).`,
  )
}

/** An agent as declared. */
export function declaredAgent(
  app: object,
  name: string,
  stream: DeclaredStream,
  options: AgentOptions<unknown>,
  handler: unknown,
): DeclaredAgent {
  checkAgent(app, name, stream, options, handler)
  return {
    stream,
    failures: options.failures,
    definition: {
      name,
      internal: false,
      topic: stream.definition.name,
      operators: stream.operators,
      tables: new Set((options.tables ?? []).map((table) => table.name)),
      concurrency: options.concurrency ?? 1,
      isolatedPartitions: options.isolatedPartitions ?? false,
      sinks: (options.sinks ?? []).map((sink) => agentSink(sink)),
      handler: handler as DeclaredAgent['definition']['handler'],
    },
  }
}

function checked<T>(
  where: string,
  option: string,
  serializer: Serializer<T> | undefined,
): Serializer<unknown> | undefined {
  if (serializer === undefined) return undefined
  if (isSchema(serializer)) throw invalidOption(where, option, 'is a schema, not a format: give json(schema).')
  if (typeof serializer !== 'object' || serializer === null || typeof serializer.decode !== 'function') {
    const given = typeof serializer === 'function' ? 'a function: call it, e.g. json()' : `no serializer, e.g. json()`
    throw invalidOption(where, option, `is ${given}.`)
  }
  checkContract('serializer', serializer, SERIALIZER_CONTRACT)
  return serializer
}
