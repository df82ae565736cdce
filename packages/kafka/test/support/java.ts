import { fileURLToPath } from 'node:url'
import { kafkaTool } from '@faust-tools/services'

/** Runs a file of test/java with Kafka's libraries and gives what it printed. It needs a JDK: a JRE compiles nothing. */
export async function java(file: 'Log' | 'Messages', ...args: readonly string[]): Promise<string> {
  const path = fileURLToPath(new URL(`../java/${file}.java`, import.meta.url))
  const { stdout } = await kafkaTool(path, args, { timeoutMs: 180_000 })
  return stdout
}

/** A record as Log.java prints it. Bytes are base64. */
export interface JavaRecord {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [name: string, value: string | null])[]
}

/** Everything in a topic, as Kafka's own consumer reads it. */
export async function consumed(
  broker: string,
  topic: string,
  isolation: 'read_committed' | 'read_uncommitted' = 'read_uncommitted',
): Promise<JavaRecord[]> {
  const printed = await java('Log', 'consume', broker, topic, isolation)
  return printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JavaRecord)
}
