import type { TestProject } from 'vitest/node'
import { startKafka } from '../kafka/start.ts'
import { supply } from './supply.ts'

/** Tests write records of long ago, which a broker deletes as too old half a minute after its start and every five minutes. */
const KEEP = { 'log.retention.ms': '-1' }

/** Global setup of project `kafka`: one broker for all its files. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const kafka = await supply(project, () => startKafka({ properties: KEEP }))
  if (kafka === undefined) return undefined
  project.provide('kafkaBrokers', kafka.brokers)
  return () => kafka.stop()
}
