import type { Delivery } from '../processing/task/delivery.ts'
import { describePlace, problemAt } from '../processing/queue/record-error.ts'
import { clauseOf, FaustError, isFaustError } from '../service/errors.ts'
import type { TopicPartitionOffset } from '../transport/record.ts'
import type { AgentDefinition } from './agent-definition.ts'

/** Where a value stands. */
export function placeOf({ record, subscription }: Delivery): TopicPartitionOffset {
  const { partition, topic } = subscription.queue
  return { topic: topic.name, partition, offset: record.offset }
}

/** Which agent failed, how often, where and why, without a full stop. */
export function describeFailure(
  agent: AgentDefinition,
  error: unknown,
  place?: TopicPartitionOffset,
  attempts = 1,
): string {
  const who = agent.internal ? `The ${agent.name}` : `Agent ${agent.name}`
  const often = attempts === 1 ? '' : ` ${attempts} times`
  if (place === undefined) return `${who} failed${often} before it had a value: ${clauseOf(error)}`
  return `${who} failed${often} at ${describePlace(place)}: ${problemAt(place, error)}`
}

/** What the app stops with: what failed, where, and what to do, which differs for a record and a handler. */
export function agentFailed(
  agent: AgentDefinition,
  error: unknown,
  attempts: number,
  place?: TopicPartitionOffset,
): FaustError {
  const settled =
    place === undefined
      ? ' Nothing was lost, and no policy can leave anything out.'
      : ' The record was not settled: it comes again after a restart.'
  // A repartition has no options of its own, and follows its readers only where they agree.
  const policy = agent.internal ? 'the agents that read it one policy, or the app' : 'the agent a policy'
  const letPass = `; to let such records pass, give ${policy}: { failures: { otherwise: 'deadLetter' } } or 'skip'`
  const remedy = `Mend ${whatToMend(agent, error)}${place === undefined ? '' : letPass}.`
  const what = describeFailure(agent, error, place, attempts)
  return new FaustError('FAUST_AGENT_FAILED', `${what}.${settled} ${remedy}`, {
    cause: error,
    details: { agent: agent.name, attempts, ...place },
  })
}

/** Codes of records that are not what the topic was declared to hold. */
const UNREADABLE = ['FAUST_DECODE', 'FAUST_VALIDATION', 'FAUST_NULL_VALUE']

function whatToMend({ internal }: AgentDefinition, error: unknown): string {
  if (isFaustError(error) && error.details['table'] !== undefined) return 'the handler, or the declaration of the table'
  if (UNREADABLE.some((code) => isFaustError(error, code)))
    return 'who writes such records, or the declaration of the topic'
  return internal ? 'the declaration of the stream' : 'the handler'
}
