import type { AgentDefinition } from '../agent/agent-definition.ts'
import { type FailurePolicy, samePolicy } from '../agent/failure-policy.ts'
import type { Runtime } from '../processing/runtime.ts'
import { recordError } from '../processing/queue/record-error.ts'
import { send } from '../processing/send/send.ts'
import type { TableDefinition } from '../processing/shard/table-definition.ts'
import { FaustError } from '../service/errors.ts'
import { eventOperator } from '../stream/operator.ts'
import { type DeclaredStream, type Repartition, sameRepartition } from '../stream/repartition.ts'
import type { RunningStream } from '../stream/running-stream.ts'
import type { Event } from '../topic/event.ts'
import { isPromise } from '../service/maybe-promise.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import { type FailureOptions, failurePolicy } from './failure-options.ts'
import { addLetterTopics, letterTopics } from './letter-topics.ts'

/** Everything declared on an app, resolved to what has to run. */
export interface Program {
  /** By name; user topics and those that follow from the declarations. */
  readonly topics: ReadonlyMap<string, TopicDefinition>
  /** A topic that follows from another takes its partition count from this one unless it was given. */
  readonly sources: ReadonlyMap<string, string>
  readonly tables: ReadonlyMap<string, TableDefinition>
  readonly globals: ReadonlyMap<string, TableDefinition>
  readonly agents: readonly AgentDefinition[]
}

/** The tables of a program, by name. */
export interface DeclaredTables {
  readonly definitions: ReadonlyMap<string, TableDefinition>
  readonly globals: ReadonlyMap<string, TableDefinition>
}

/** What is known of an agent before it is known what follows from its failures. */
type Undecided = Omit<AgentDefinition, 'failures' | 'letters'>

/** An agent as declared, with the stream it reads. */
export interface DeclaredAgent {
  readonly definition: Undecided
  readonly stream: DeclaredStream
  /** What it says itself; the rest is as for the app. */
  readonly failures: FailureOptions | undefined
}

/** A repartition with the policies of the agents that read it. */
interface Node {
  readonly origin: Repartition
  readonly agent: Undecided
  readonly policies: FailurePolicy[]
}

/**
 * Follows every agent's stream to its sources. Each repartition becomes an agent of its own, once: two declarations
 * that write the same records share it; two that would write different ones to one topic are refused. It follows the
 * policy for failures of its readers, or the app's where they differ.
 */
export function compile(
  runtime: Runtime,
  topics: ReadonlyMap<string, TopicDefinition>,
  { definitions: tables, globals }: DeclaredTables,
  agents: readonly DeclaredAgent[],
  failures: FailurePolicy,
): Program {
  const all = new Map(topics)
  const sources = new Map<string, string>()
  const nodes = new Map<string, Node[]>()
  const visit = ({ definition, origin }: DeclaredStream, policy: FailurePolicy): void => {
    if (origin === undefined) return
    if (origin.kind === 'final') {
      all.set(definition.name, definition)
      sources.set(definition.name, feeding(origin.table, definition.name, agents))
      return
    }
    const known = nodes.get(definition.name) ?? []
    let node = known.find((other) => sameRepartition(other.origin, origin))
    if (node === undefined) {
      if (origin.kind === 'groupBy') {
        if (known.length > 0 || topics.has(definition.name)) throw clash(definition.name, origin)
        all.set(definition.name, definition)
        sources.set(definition.name, origin.upstream.definition.name)
      }
      node = { origin, agent: repartitioner(runtime, definition, origin, known.length), policies: [] }
      nodes.set(definition.name, [...known, node])
    }
    node.policies.push(policy)
    visit(origin.upstream, policy)
  }
  const decided: AgentDefinition[] = []
  const decide = (agent: Undecided, policy: FailurePolicy): void => {
    decided.push({ ...agent, failures: policy, letters: letterTopics(runtime.app, agent.name, policy) })
  }
  for (const { definition, stream, failures: own } of agents) {
    const policy = failurePolicy(`Agent ${definition.name}`, own, failures)
    decide(definition, policy)
    visit(stream, policy)
  }
  for (const { agent, policies } of [...nodes.values()].flat()) {
    decide(agent, policies.every((policy) => samePolicy(policy, policies[0]!)) ? policies[0]! : failures)
  }
  for (const agent of decided) addLetterTopics(agent, all, sources)
  for (const { layout, name } of tables.values()) {
    for (const topic of layout?.outputs ?? []) {
      if (!all.has(topic.name)) throw unread(name)
      feeding(name, topic.name, agents)
    }
  }
  return { topics: all, sources, tables, globals, agents: decided }
}

/**
 * A topic that feeds a table: it says how many partitions the topic `target` of its results needs. Without one there would
 * never be results, `FAUST_SETTING_INVALID`.
 */
function feeding(table: string, target: string, agents: readonly DeclaredAgent[]): string {
  const reader = agents.find(({ definition: { tables, topic } }) => tables.has(table) && topic !== target)
  if (reader !== undefined) return reader.definition.topic
  throw new FaustError(
    'FAUST_SETTING_INVALID',
    `The final results of table ${table} are asked for, but no agent fills it. Add it to the options of the agent that does.`,
    { details: { table } },
  )
}

function unread(table: string): FaustError {
  return new FaustError(
    'FAUST_SETTING_INVALID',
    `Table ${table} has final() results that no agent reads, so they would pile up in their topic. Give them to an agent, ` +
      `or to a topic of your own: final(topic).`,
    { details: { table } },
  )
}

function repartitioner(runtime: Runtime, target: TopicDefinition, origin: Repartition, index: number): Undecided {
  return {
    name: `${origin.kind} ${target.name}${index === 0 ? '' : ` (${index + 1})`}`,
    internal: true,
    topic: origin.upstream.definition.name,
    operators: [...origin.upstream.operators, eventOperator],
    tables: new Set(),
    concurrency: 1,
    isolatedPartitions: false,
    sinks: [],
    handler: async (stream: RunningStream<unknown>) => {
      for await (const event of stream as AsyncIterable<Event>) {
        const selected = origin.key(event)
        const key = isPromise(selected) ? await selected : selected
        if (origin.kind === 'groupBy' && (key === null || key === undefined)) throw noKey(target, origin, event)
        const { value, headers, timestamp } = event
        await send(runtime, target, { key, value, headers, timestamp })
      }
    },
  }
}

function noKey({ name }: TopicDefinition, { identity, kind }: Repartition, event: Event): FaustError {
  const what = typeof identity === 'string' ? `the field ${identity} is missing` : 'its function gave none'
  return recordError(
    'FAUST_KEY_MISSING',
    event,
    `${kind} to ${name} found no key: ${what}. Without a key the value belongs to no partition: filter such values ` +
      `before, or give them a key.`,
  )
}

function clash(topic: string, { upstream }: Repartition): FaustError {
  return new FaustError(
    'FAUST_NAME_TAKEN',
    `Two different groupBy of topic ${upstream.definition.name} would both write to ${topic}. Use one stream value for ` +
      `both readers, or give one of them a name: groupBy(…, { name: '…' }).`,
    { details: { topic } },
  )
}
