import { ServicesError } from '../errors.ts'
import type { Keeper } from '../process/keeper.ts'
import { runIn } from '../process/run.ts'
import { javaClass } from './java-class.ts'

const TIMEOUT_MS = 180_000

/** Writes a node's identity into its empty data directory, without which it refuses to start. */
export async function format(
  keeper: Keeper,
  libraries: string,
  clusterId: string,
  properties: string,
  more: readonly string[] = [],
): Promise<void> {
  const program = javaClass(
    libraries,
    'kafka.tools.StorageTool',
    ['format', '--cluster-id', clusterId, '--config', properties, ...more],
    ['-Xmx256m'],
  )
  const output = await runIn(keeper, program, TIMEOUT_MS)
  if (output.exitCode !== 0) {
    throw new ServicesError(
      `Kafka refused to format ${properties} (look at the properties that were given):\n${output.stdout}${output.stderr}`,
    )
  }
}
