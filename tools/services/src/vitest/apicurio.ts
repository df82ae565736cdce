import type { TestProject } from 'vitest/node'
import { startRegistry } from '../apicurio/start.ts'
import { supply } from './supply.ts'

/** Global setup of project `apicurio`: one server for all its files. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const registry = await supply(project, () => startRegistry())
  if (registry === undefined) return undefined
  project.provide('apicurioUrl', registry.url)
  return () => registry.stop()
}
