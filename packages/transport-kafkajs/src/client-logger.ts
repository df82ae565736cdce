import type { Logger } from '@faust/core'
import type { logCreator } from 'kafkajs'

/** What may be passed on: kafkajs also hands whole requests and answers to its logger. */
const FACTS = ['broker', 'error', 'correlationId', 'retryCount', 'retryTime'] as const

/**
 * Feeds what kafkajs says to the app's logger, as `debug`: a failure is reported where it is thrown, with more sense and
 * once, while kafkajs has a line for every socket and every try.
 */
export function clientLogger(logger: Logger): logCreator {
  return () =>
    ({ namespace, log }) => {
      const facts: Record<string, unknown> = { client: 'kafkajs', part: namespace }
      for (const fact of FACTS) if (log[fact] !== undefined) facts[fact] = log[fact]
      logger.debug(facts, log.message)
    }
}
