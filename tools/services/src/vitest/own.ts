import type { TestProject } from 'vitest/node'
import { UnavailableError } from '../errors.ts'
import { kafkaLibraries } from '../kafka/java-class.ts'
import { KAFKA_VERSION, OLDER_KAFKA_VERSION } from '../kafka/version.ts'
import { redisBinary } from '../redis/binary.ts'
import { supply } from './supply.ts'

/** Global setup of projects whose tests start servers of their own and take them down: only what has to be there. */
export async function setup(project: TestProject): Promise<void> {
  await supply(project, async () => {
    for (const variable of ['KAFKA_BROKERS', 'REDIS_URL']) {
      const given = process.env[variable]
      if (given === undefined || given === '') continue
      throw new UnavailableError(
        `They kill their servers, and ${variable} names one that is not ours. Unset it to run them.`,
      )
    }
    // Here, because a first download would not fit into a test's time.
    await redisBinary()
    for (const version of [KAFKA_VERSION, OLDER_KAFKA_VERSION]) await kafkaLibraries(version)
  })
}
