import { join } from 'node:path'
import { UnavailableError } from './errors.ts'
import { run } from './process/run.ts'

const TIMEOUT_MS = 120_000

/**
 * Tests start often and live short: without the second compiler and with the simplest collector, a server is up a
 * fifth sooner. What comes after on the command line wins.
 */
export const FAST_START: readonly string[] = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

/** The `java` of JAVA_HOME, or its compiler, else the one on the PATH. */
export function javaCommand(program: 'java' | 'javac' = 'java'): string {
  const home = process.env['JAVA_HOME']
  return home === undefined || home === '' ? program : join(home, 'bin', program)
}

/** Fails with what to install unless there is a Java of at least `needed`. */
export async function requireJava(needed: number): Promise<void> {
  const output = await run({ file: javaCommand(), args: ['-version'] }, TIMEOUT_MS)
  const version = output.exitCode === 0 ? /version "(?:1\.)?(\d+)/.exec(output.stderr)?.[1] : undefined
  if (version === undefined) {
    throw new UnavailableError(
      `No Java (tried \`${javaCommand()} -version\`). Install Java ${needed} or newer, for instance ` +
        `\`apt-get install openjdk-17-jre-headless maven\` or \`brew install openjdk maven\`.`,
    )
  }
  if (Number(version) < needed) {
    throw new UnavailableError(
      `Java ${version} is too old: install Java ${needed} or newer, or point JAVA_HOME to one.`,
    )
  }
}
