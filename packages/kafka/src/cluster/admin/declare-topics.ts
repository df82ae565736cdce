import type { FaustError, TopicDeclaration, TopicDescription } from '@faust/core'
import { brokerFault } from '../../requests/broker-fault.ts'
import { KAFKA } from '../../requests/error-codes.ts'
import { kafkaError } from '../../requests/kafka-errors.ts'
import type { TopicMetadata } from '../../requests/metadata.ts'
import { QUICK, SLOW } from '../backoff.ts'
import type { Cluster } from '../cluster.ts'
import { Deadline } from '../deadline.ts'
import { retry, TryAgain } from '../retry.ts'
import { createTopics, withConfigs } from './topic-commands.ts'

/** Creates topics that are missing, and answers all as they are once they can be written and read. */
export async function declareTopics(
  cluster: Cluster,
  topics: readonly TopicDeclaration[],
  within: number,
): Promise<readonly (TopicDescription & { readonly created: boolean })[]> {
  if (topics.length === 0) return []
  const { clock } = cluster
  const deadline = new Deadline(clock, within)
  // Of two wishes for one name the first counts: it exists by the time of the second.
  const wanted = new Map(topics.toReversed().map((topic) => [topic.name, topic]))
  const made = new Set<string>()
  const described = await retry(clock, 'Declaring topics', deadline, async () => {
    const known = await cluster.describe([...wanted.keys()], { within: deadline.left })
    for (const topic of known.values()) {
      if (topic.error === 0 || topic.error === KAFKA.UNKNOWN_TOPIC_OR_PARTITION) continue
      if (!kafkaError(topic.error).retriable) throw faultOf(topic, topic.error)
      return new TryAgain(faultOf(topic, topic.error))
    }
    const missing = [...wanted.values()].filter(
      ({ name }) => known.get(name)?.error === KAFKA.UNKNOWN_TOPIC_OR_PARTITION && !made.has(name),
    )
    for (const name of await createTopics(cluster, missing, deadline.left)) made.add(name)
    const unready = [...known.values()].find((topic) => isUnready(topic, made))
    // A broker hears of what was made a moment later, and of who leads it.
    if (unready !== undefined) return new TryAgain(faultOf(unready, unready.error || KAFKA.LEADER_NOT_AVAILABLE), QUICK)
    const all = await withConfigs(cluster, [...known.values()], deadline.left)
    const gone = [...known.values()].find(({ name }) => !all.has(name))
    if (gone === undefined) return all
    made.delete(gone.name)
    return new TryAgain(faultOf(gone, KAFKA.UNKNOWN_TOPIC_OR_PARTITION), SLOW)
  })
  const names = topics.map(({ name }) => name)
  return names.map((name, index) => {
    return { ...(described.get(name) as TopicDescription), created: made.has(name) && names.indexOf(name) === index }
  })
}

/** Whether a topic can't be used yet. Of one that was there before, partitions without a leader are no business of ours. */
function isUnready({ name, error, partitions }: TopicMetadata, made: ReadonlySet<string>): boolean {
  return error !== 0 || (made.has(name) && partitions.some(({ leader }) => leader < 0))
}

function faultOf({ name }: TopicMetadata, error: number): FaustError {
  return brokerFault(error, { subject: `Topic "${name}"`, details: { topic: name } })
}
