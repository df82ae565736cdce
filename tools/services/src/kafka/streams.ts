import { requireJava } from '../java.ts'
import { fetched } from '../maven/fetched.ts'
import { javaFor, KAFKA_VERSION } from './version.ts'

/** The directory with the jars of Kafka Streams, a peer that benchmarks run, in the version of our Kafka. */
export async function kafkaStreamsLibraries(): Promise<string> {
  await requireJava(javaFor(KAFKA_VERSION))
  return fetched({ profile: 'kafka-streams', properties: { 'kafka.version': KAFKA_VERSION } })
}
