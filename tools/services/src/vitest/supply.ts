import type { TestProject } from 'vitest/node'
import { UnavailableError } from '../errors.ts'
import './provided.ts'

/**
 * Runs `start`. When this machine can't have the server, the project's tests are skipped with one loud line; where CI
 * is set they fail, because there a skipped test would be taken for a passed one.
 */
export async function supply<T>(project: TestProject, start: () => Promise<T>): Promise<T | undefined> {
  try {
    return await start()
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    const { CI = '' } = process.env
    if (CI !== '' && CI !== 'false') {
      throw new UnavailableError(`CI is set, so the tests "${project.name}" must run, and can't. ${error.message}`)
    }
    process.stderr.write(`\n*** SKIPPED: all tests "${project.name}". ${error.message}\n\n`)
    project.provide('servicesMissing', error.message)
    return undefined
  }
}
