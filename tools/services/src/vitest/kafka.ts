import type { TestProject } from 'vitest/node'
import { startKafka } from '../kafka/start.ts'
import { supply } from './supply.ts'

/** Global setup of project `kafka`: one broker for all its files. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const kafka = await supply(project, () => startKafka())
  if (kafka === undefined) return undefined
  project.provide('kafkaBrokers', kafka.brokers)
  return () => kafka.stop()
}
