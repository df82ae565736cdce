import { ServicesError } from '../errors.ts'

/** What tests run against unless they ask for another. */
export const KAFKA_VERSION = '4.3.1'

/** The newest of the line before, for tests of what must work with older brokers. */
export const OLDER_KAFKA_VERSION = '3.9.2'

/** The oldest Java that can run a version of Kafka. */
export function javaFor(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (!/^\d+\.\d+\.\d+$/.test(version) || major < 3 || (major === 3 && minor < 3)) {
    throw new ServicesError(
      `Kafka ${version} can't be started here: give a full version from 3.3.1 on, the first that runs without ` +
        `ZooKeeper (${KAFKA_VERSION} and ${OLDER_KAFKA_VERSION} are tested), or set KAFKA_BROKERS to one that runs.`,
    )
  }
  return major >= 4 ? 17 : 11
}
