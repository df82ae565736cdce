import type { AgentDefinition } from '../agent/agent-definition.ts'
import type { FailurePolicy } from '../agent/failure-policy.ts'
import type { LetterTopics } from '../processing/dead-letter/letter-topics.ts'
import { bytes } from '../serializer/bytes.ts'
import { text } from '../serializer/text.ts'
import { deadLetterTopicName, replayedTopicName, replayTopicName } from '../topic/names.ts'
import { defaultPartitioner } from '../topic/partitioner.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'

/** Nothing is lost by waiting: letters are kept until somebody deletes them. */
const KEPT = { 'cleanup.policy': 'delete', 'retention.ms': '-1' }

/** The topics of an agent's dead letters, when its policy asks for them. */
export function letterTopics(app: string, agent: string, failures: FailurePolicy): LetterTopics | undefined {
  if (failures.otherwise !== 'deadLetter') return undefined
  return {
    deadLetters: failures.deadLetters ?? deadLetterTopicName(app, agent),
    replay: replayTopicName(app, agent),
    replayed: replayedTopicName(app),
  }
}

/**
 * Adds the topics of an agent's dead letters to a program's. Those of its own have as many partitions as its source,
 * whose formats the replay topic shares.
 */
export function addLetterTopics(
  { failures, letters, topic }: AgentDefinition,
  topics: Map<string, TopicDefinition>,
  sources: Map<string, string>,
): void {
  if (letters === undefined) return
  const { deadLetters, replay, replayed } = letters
  const source = topics.get(topic)!
  const kept = { ...KEPT, ...sizeLimit(source) }
  const raw: TopicDefinition = {
    name: deadLetters,
    key: bytes(),
    value: bytes(),
    tombstones: true,
    partitions: undefined,
    replicas: source.replicas,
    config: kept,
    create: true,
    internal: false,
    startAt: 'earliest',
    partitioner: defaultPartitioner({ random: () => 0 }),
  }
  if (!topics.has(deadLetters)) {
    topics.set(deadLetters, raw)
    if (failures.deadLetters === undefined) sources.set(deadLetters, topic)
  }
  topics.set(replay, {
    ...source,
    name: replay,
    partitions: undefined,
    config: kept,
    create: true,
    internal: true,
    past: true,
    startAt: 'earliest',
  })
  sources.set(replay, topic)
  const config = { 'cleanup.policy': 'compact' }
  topics.set(replayed, { ...raw, name: replayed, key: text(), partitions: 1, config, internal: true })
}

/** What fits into the source fits into the others. */
function sizeLimit({ config }: TopicDefinition): Record<string, string> {
  const limit = config['max.message.bytes']
  return limit === undefined ? {} : { 'max.message.bytes': limit }
}
