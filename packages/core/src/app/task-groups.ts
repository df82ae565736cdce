import { topicsOf } from '../agent/agent-definition.ts'
import { checkPartitionCounts, type CoPartition, taskGroups as merge } from '../assignment/topology.ts'
import type { TaskGroup } from '../processing/task/task-group.ts'
import type { KnownTopic } from '../processing/topology.ts'
import type { Program } from './compile.ts'

/** What meets where: each agent reads a topic, and the agents that name a table bring their topics together. */
export function coPartitions(program: Program): readonly CoPartition[] {
  const agents = program.agents.map((agent) => ({ name: `agent ${agent.name}`, topics: topicsOf(agent) }))
  const tables = [...program.tables.keys()].map((table) => ({
    name: `table ${table}`,
    topics: program.agents.filter((agent) => agent.tables.has(table)).map(({ topic }) => topic),
    stateful: true,
  }))
  return [...agents, ...tables].filter(({ topics }) => topics.length > 0)
}

/** The co-partitioned groups with their tables; throws `FAUST_PARTITION_MISMATCH` when counts don't agree. */
export function taskGroups(program: Program, known: ReadonlyMap<string, KnownTopic>): readonly TaskGroup[] {
  const places = coPartitions(program)
  const groups = merge(places)
  checkPartitionCounts(groups, new Map([...known].map(([name, { partitions }]) => [name, partitions])))
  return groups.map(({ topics }) => ({
    id: topics[0]!,
    topics,
    tables: [...program.tables.keys()].filter((table) =>
      program.agents.some((agent) => agent.tables.has(table) && topics.includes(agent.topic)),
    ),
    partitions: known.get(topics[0]!)!.partitions,
  }))
}
