import { randomUUID } from 'node:crypto'
import type { Logger } from '@faust/core'
import { silentLogger, systemClock } from '@faust/core'
import { KafkaCluster } from '@faust/kafka'
import { onTestFinished } from 'vitest'
import { connectByKafkajs, readOptions } from '../../src/index.ts'
import type { KafkajsTransportOptions } from '../../src/index.ts'

/** A cluster over kafkajs, started, and closed at the end of the test. */
export async function realCluster(
  options: KafkajsTransportOptions,
  logger: Logger = silentLogger,
): Promise<KafkaCluster> {
  const clock = systemClock()
  const connection = await connectByKafkajs(readOptions(options), { app: 'app', clock, logger })
  const cluster = new KafkaCluster({ connection, clock, logger })
  onTestFinished(() => cluster.close())
  await cluster.start({ within: 60_000 })
  return cluster
}

/** A name of the test's own. */
export function unique(what: string): string {
  return `${what}-${randomUUID().slice(0, 8)}`
}
