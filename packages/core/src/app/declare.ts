import { topicsOf } from '../agent/agent-definition.ts'
import type { TableDefinition } from '../processing/shard/table-definition.ts'
import type { TaskGroup } from '../processing/task/task-group.ts'
import type { KnownTopic, Topology } from '../processing/topology.ts'
import type { Subscriber } from '../processing/task/subscription.ts'
import { FaustError } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import { bytes } from '../serializer/bytes.ts'
import { defaultPartitioner } from '../topic/partitioner.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import type { Admin, TopicDescription } from '../transport/admin.ts'
import { compareTopic } from './compare-topic.ts'
import type { Program } from './compile.ts'
import { taskGroups } from './task-groups.ts'

/** Records larger than this are refused where a topic does not say what it takes, in bytes. Kafka's default. */
const DEFAULT_MAX_RECORD = 1_048_588
/** Kafka's default for `delete.retention.ms`. */
const DEFAULT_TOMBSTONE_RETENTION = 86_400_000

/**
 * Brings the log in line with what was declared: makes what is missing, compares what is there, and learns partition
 * counts. Own topics first, then those whose partition count follows from others, then changelogs.
 */
export async function declareTopics(
  program: Program,
  subscribers: readonly Subscriber[],
  admin: Admin,
  logger: Logger,
): Promise<Topology> {
  const known = new Map<string, KnownTopic>()
  const add = (definition: TopicDefinition, found: TopicDescription): void => {
    known.set(definition.name, {
      definition,
      id: found.id,
      partitions: found.partitions,
      maxRecordBytes: Number(found.config['max.message.bytes'] ?? DEFAULT_MAX_RECORD),
      tombstoneRetention: Number(found.config['delete.retention.ms'] ?? DEFAULT_TOMBSTONE_RETENTION),
      trimmed: (found.config['cleanup.policy'] ?? 'delete').includes('delete'),
    })
  }
  const ensure = async (definitions: readonly TopicDefinition[]): Promise<void> => {
    const found = await ensureTopics(definitions, admin, logger)
    for (const definition of definitions) add(definition, found.get(definition.name)!)
  }
  const waiting = [...program.topics.values()]
  await ensure(waiting.filter(({ name }) => !program.sources.has(name)))
  // A repartition of a repartition has to wait for its source's count.
  let pending = waiting.filter(({ name }) => program.sources.has(name))
  while (pending.length > 0) {
    const next = pending.filter(({ name }) => known.has(program.sources.get(name)!))
    if (next.length === 0) throw circular(pending)
    const partitionsOf = ({ name, partitions }: TopicDefinition): number =>
      partitions ?? known.get(program.sources.get(name)!)!.partitions
    await ensure(next.map((definition) => ({ ...definition, partitions: partitionsOf(definition) })))
    pending = pending.filter((definition) => !next.includes(definition))
  }
  const groups = taskGroups(program, known)
  await ensure(groups.flatMap((group) => group.tables.map((name) => changelog(program, group, name))))
  const unused = [...program.tables.keys()].filter((name) => !groups.some(({ tables }) => tables.includes(name)))
  if (unused.length > 0) logger.warn({ tables: unused }, 'No agent names these tables, so nothing keeps them')
  return {
    topics: known,
    tables: program.tables,
    globals: followed(program, known),
    groups,
    readings: program.agents.map((agent, index) => ({
      subscriber: subscribers[index]!,
      topics: topicsOf(agent),
      tables: [...agent.tables],
    })),
  }
}

/** Global tables, each with a topic that is there and holds what users see. */
function followed(
  { globals, tables }: Program,
  known: ReadonlyMap<string, KnownTopic>,
): ReadonlyMap<string, TableDefinition> {
  for (const { changelog, name } of globals.values()) {
    const source = [...tables.values()].find((table) => table.changelog === changelog)
    const problem = !known.has(changelog)
      ? 'copies a table that no agent names, so nothing fills it. Add that table to the options of the agent that does.'
      : source?.layout !== undefined
        ? `copies table ${source.name}, which has windows. Copy the topic of its final(topic) results instead.`
        : undefined
    if (problem === undefined) continue
    throw new FaustError('FAUST_SETTING_INVALID', `Global table ${name} ${problem}`, { details: { table: name } })
  }
  return globals
}

function circular(topics: readonly TopicDefinition[]): FaustError {
  const list = topics.map(({ name }) => name).join(', ')
  return new FaustError(
    'FAUST_SETTING_INVALID',
    `The topics ${list} take their partition counts from each other. Give one of them a topic of its own with a count.`,
    { details: { topics: topics.map(({ name }) => name) } },
  )
}

function changelog(program: Program, group: TaskGroup, name: string): TopicDefinition {
  const table = program.tables.get(name)!
  return {
    name: table.changelog,
    key: bytes(),
    value: bytes(),
    tombstones: true,
    partitions: group.partitions,
    replicas: table.replicas,
    config: table.config,
    create: true,
    internal: true,
    startAt: 'earliest',
    partitioner: defaultPartitioner({ random: () => 0 }),
  }
}

async function ensureTopics(
  definitions: readonly TopicDefinition[],
  admin: Admin,
  logger: Logger,
): Promise<ReadonlyMap<string, TopicDescription>> {
  if (definitions.length === 0) return new Map()
  const names = definitions.map(({ name }) => name)
  const found = new Map((await admin.describeTopics(names)).map((topic) => [topic.name, topic]))
  const missing = definitions.filter(({ name }) => !found.has(name))
  const refused = missing.filter(({ create }) => !create)
  if (refused.length > 0) {
    const list = refused.map(({ name }) => name).join(', ')
    throw new FaustError(
      'FAUST_TOPIC_MISSING',
      `The log has no topic ${list}, and the app may not make it (\`create: false\`). Make it first, or allow it.`,
      { details: { topics: refused.map(({ name }) => name) } },
    )
  }
  if (missing.length > 0) {
    const made = await admin.declareTopics(
      missing.map(({ name, partitions, replicas, config }) => ({ name, partitions, replicas, config })),
    )
    for (const topic of made) found.set(topic.name, topic)
    const list = made.filter(({ created }) => created).map(({ name, partitions }) => `${name} (${partitions})`)
    if (list.length > 0) logger.info(`Made topics, with partitions: ${list.join(', ')}`)
  }
  for (const definition of definitions) compareTopic(definition, found.get(definition.name)!, logger)
  return found
}
