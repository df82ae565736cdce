import { FaustError } from '../../../service/errors.ts'
import type { TopicPartition } from '../../record.ts'
import { ask } from './ask.ts'
import type { Client } from './client.ts'
import { partitionName } from './fault.ts'

/** Ms. */
const WITHIN = 5_000

/** Tells apart what the log says in one error: no such topic, or no such partition of it. */
export async function missingFault(client: Client, { topic, partition }: TopicPartition): Promise<FaustError> {
  const what = `Looking for topic "${topic}"`
  const [found] = await ask(client, () => client.broker.describeTopics([topic]), { what, within: WITHIN })
  const details = { topic, partition }
  if (found === undefined) {
    return new FaustError('FAUST_TOPIC_MISSING', `Topic "${topic}" does not exist: declare it first`, { details })
  }
  const message = `${partitionName(topic, partition)} does not exist: it has ${found.partitions}, counted from 0`
  return new FaustError('FAUST_PARTITION_UNKNOWN', message, { details })
}
