import { embeddedTransport } from '@faust/core'
import { utf8 } from '../kit/bytes.ts'
import { silentLogger } from '../kit/silent-logger.ts'
import type { World } from './world.ts'

/** Ms after which the log ends a foreign transaction that its producer has left open. */
const TIMEOUT = 2000

/**
 * Somebody else writes into every topic that the app reads, in a transaction that is never committed: for a while it
 * holds the last stable offset, and none of its records may ever be seen. It ends by an abort, or by the log's time-out.
 */
export function foreignTransaction(world: World, lasts: number, aborts: boolean): void {
  const { clock, log, trace } = world
  const transport = embeddedTransport({ log })
  const work = async (): Promise<void> => {
    await transport.start({ app: 'foreigner', clock, logger: silentLogger() })
    const producer = transport.producer({ transactionalId: `foreign-${clock.uuid()}`, transactionTimeout: TIMEOUT })
    await producer.init()
    producer.beginTransaction()
    const value = utf8('this must never be seen')
    const topics = await transport.admin.describeTopics()
    await Promise.all(
      topics.flatMap(({ name, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => producer.send(name, partition, [{ key: value, value }])),
      ),
    )
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, Math.min(lasts, TIMEOUT / 2)))
    if (aborts) await producer.abortTransaction()
  }
  const failed = (error: unknown): void => trace.note(`the foreign transaction failed: ${String(error)}`)
  void work()
    .catch(failed)
    .finally(() => transport.kill())
}
