import type { TestProject } from 'vitest/node'
import { startRedis } from '../redis/start.ts'
import { supply } from './supply.ts'

/** Global setup of project `redis`: one server for all its files. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const redis = await supply(project, () => startRedis())
  if (redis === undefined) return undefined
  project.provide('redisUrl', redis.url)
  return () => redis.stop()
}
