import { join } from 'node:path'
import { FAST_START, javaCommand, requireJava } from '../java.ts'
import { fetched } from '../maven/fetched.ts'
import type { Program } from '../process/keeper.ts'
import { javaFor } from './version.ts'

const LOGGING = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
]

/** The directory of jars of a version. Fails with what to install when it can't be had here. */
export async function kafkaLibraries(version: string): Promise<string> {
  await requireJava(javaFor(version))
  return fetched({ profile: 'kafka', properties: { 'kafka.version': version } })
}

/** How to run one of Kafka's main classes. */
export function javaClass(
  libraries: string,
  className: string,
  args: readonly string[],
  jvm: readonly string[] = [],
): Program {
  return {
    file: javaCommand(),
    args: [...FAST_START, ...LOGGING, ...jvm, '-cp', join(libraries, '*'), className, ...args],
  }
}
