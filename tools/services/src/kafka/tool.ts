import { ServicesError } from '../errors.ts'
import { type Output, run } from '../process/run.ts'
import { javaClass, kafkaLibraries } from './java-class.ts'
import { KAFKA_VERSION } from './version.ts'

const TIMEOUT_MS = 180_000

export interface KafkaToolOptions {
  readonly version?: string
  /** What it reads on its standard input. */
  readonly input?: string
  readonly timeoutMs?: number
}

/**
 * Runs one of Kafka's own command-line classes to its end and gives what it printed: `org.apache.kafka.tools.TopicCommand`,
 * `org.apache.kafka.tools.DumpLogSegments` (`kafka.tools.DumpLogSegments` in 3.9), … An exit code other than 0 throws.
 */
export async function kafkaTool(
  className: string,
  args: readonly string[],
  options: KafkaToolOptions = {},
): Promise<Output> {
  const libraries = await kafkaLibraries(options.version ?? KAFKA_VERSION)
  const program = javaClass(libraries, className, args, ['-Xmx256m'])
  const output = await run(
    options.input === undefined ? program : { ...program, input: options.input },
    options.timeoutMs ?? TIMEOUT_MS,
  )
  if (output.exitCode !== 0) {
    throw new ServicesError(
      `${className} ${args.join(' ')} ended with ${output.exitCode}.\n${output.stdout}\n${output.stderr}`.trimEnd(),
    )
  }
  return output
}
