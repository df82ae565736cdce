import type { FaustError, TopicDeclaration, TopicDescription } from '@faust/core'
import { sleep } from '../../connection/wait.ts'
import { brokerFault } from '../../requests/broker-fault.ts'
import { KAFKA } from '../../requests/error-codes.ts'
import type { TopicMetadata } from '../../requests/metadata.ts'
import { backoff, QUICK } from '../backoff.ts'
import type { Cluster } from '../cluster.ts'
import { Deadline } from '../deadline.ts'
import { createTopicsApi } from './create-topics.ts'
import type { TopicOutcome } from './create-topics.ts'
import { deleteTopicsApi } from './delete-topics.ts'
import { describeConfigsApi } from './describe-configs.ts'

/** Nobody can have such a topic: it is missing, or its name is impossible. */
const ABSENT: ReadonlySet<number> = new Set([KAFKA.UNKNOWN_TOPIC_OR_PARTITION, KAFKA.INVALID_TOPIC_EXCEPTION])
/** A controller is told what it may not do for each topic: to be asked of another one, or later. */
const PASSING: ReadonlySet<number> = new Set([
  KAFKA.REQUEST_TIMED_OUT,
  KAFKA.NOT_CONTROLLER,
  KAFKA.THROTTLING_QUOTA_EXCEEDED,
])
/** Ms that the broker waits for its controller. */
const TIMEOUT = 15_000
/** Ms in which brokers hear of a deletion. */
const HEARD_WITHIN = 5_000

/** Of several topics, the error after which the whole request is made again. */
function passing({ topics }: { readonly topics: readonly TopicOutcome[] }): number {
  return topics.find(({ error }) => PASSING.has(error))?.error ?? 0
}

/** Creates topics; gives the names of those that did not exist before. */
export async function createTopics(
  cluster: Cluster,
  topics: readonly TopicDeclaration[],
  within: number,
): Promise<ReadonlySet<string>> {
  if (topics.length === 0) return new Set()
  const wanted = topics.map(({ name, partitions = -1, replicas = -1, config = {} }) => {
    return { name, partitions, replicas, config }
  })
  const request = { topics: wanted, timeout: TIMEOUT }
  const made = new Set<string>()
  const answer = await cluster.sendToController(createTopicsApi, request, {
    what: 'Creating topics',
    within,
    errorOf(each) {
      // The request is made again as a whole: what it has made already exists by then.
      for (const { name, error } of each.topics) if (error === 0) made.add(name)
      return passing(each)
    },
  })
  for (const { name, error, message } of answer.topics) {
    if (error === 0 || error === KAFKA.TOPIC_ALREADY_EXISTS) continue
    throw faultOf(name, error, message)
  }
  return made
}

/** Deletes topics, missing ones ignored, and waits a while until that is known. */
export async function deleteTopics(cluster: Cluster, names: readonly string[], within: number): Promise<void> {
  if (names.length === 0) return
  const request = { names: [...new Set(names)], timeout: TIMEOUT }
  const options = { what: 'Deleting topics', within, errorOf: passing }
  const answer = await cluster.sendToController(deleteTopicsApi, request, options)
  for (const { name, error } of answer.topics) {
    if (error !== 0 && error !== KAFKA.UNKNOWN_TOPIC_OR_PARTITION) throw faultOf(name, error)
  }
  const deadline = new Deadline(cluster.clock, HEARD_WITHIN)
  for (let tries = 1; deadline.left > 0; tries++) {
    const left = await cluster.describe(request.names, { within })
    if ([...left.values()].every(({ error }) => error !== 0)) return
    await sleep(cluster.clock, backoff(cluster.clock, QUICK, tries))
  }
}

/** The topics that exist among `names`, or all but Kafka's own for `null`, in that order. */
export async function describeTopics(
  cluster: Cluster,
  names: readonly string[] | null,
  within: number,
): Promise<ReadonlyMap<string, TopicDescription>> {
  const known = await cluster.describe(names, { within })
  const existing: TopicMetadata[] = []
  for (const name of new Set(names ?? known.keys())) {
    const topic = known.get(name)
    if (topic === undefined || ABSENT.has(topic.error) || (names === null && topic.internal)) continue
    if (topic.error !== 0) throw faultOf(name, topic.error)
    existing.push(topic)
  }
  return withConfigs(cluster, existing, within)
}

/** Adds the settings to what Metadata says of existing topics. One that was deleted meanwhile is left out. */
export async function withConfigs(
  cluster: Cluster,
  topics: readonly TopicMetadata[],
  within: number,
): Promise<ReadonlyMap<string, TopicDescription>> {
  const described = new Map<string, TopicDescription>()
  if (topics.length === 0) return described
  const { topics: configs } = await cluster.sendToAny(
    describeConfigsApi,
    { topics: topics.map(({ name }) => name) },
    { what: 'Describing topics', within, errorOf: () => 0 },
  )
  const byName = new Map(configs.map((each) => [each.name, each]))
  for (const { name, id, partitions } of topics) {
    const { error, message, config } = byName.get(name) ?? {
      error: KAFKA.UNKNOWN_TOPIC_OR_PARTITION,
      message: null,
      config: {},
    }
    if (error === KAFKA.UNKNOWN_TOPIC_OR_PARTITION) continue
    if (error !== 0) throw faultOf(name, error, message)
    const replicas = Math.min(...partitions.map((each) => each.replicas.length))
    described.set(name, { name, id, partitions: partitions.length, replicas, config })
  }
  return described
}

function faultOf(name: string, error: number, message?: string | null): FaustError {
  return brokerFault(error, { subject: `Topic "${name}"`, message, details: { topic: name } })
}
