import { GlobalTable } from '../table/global-table.ts'
import { FaustError } from '../service/errors.ts'
import type { DeclaredStream } from '../stream/repartition.ts'
import { checkName } from '../topic/names.ts'
import { failurePolicy } from './failure-options.ts'
import type { AgentOptions } from './options.ts'
import { isSink } from './sinks.ts'

const OPTIONS = ['tables', 'concurrency', 'isolatedPartitions', 'sinks', 'failures']

/** Throws a `FaustError` that names the agent and what is wrong with its declaration. */
export function checkAgent(
  app: object,
  name: string,
  stream: DeclaredStream,
  options: AgentOptions<unknown>,
  handler: unknown,
): void {
  checkName('an agent', name)
  const wrong = (problem: string): FaustError =>
    new FaustError('FAUST_SETTING_INVALID', `Agent ${name}: ${problem}`, { details: { agent: name } })
  if (typeof handler !== 'function')
    throw wrong('the last argument must be its function: app.agent(name, stream, async (stream) => { … }).')
  if (stream?.owner !== app) throw wrong('the second argument must be a topic or stream of this app.')
  const unknown = Object.keys(options).find((option) => !OPTIONS.includes(option))
  if (unknown !== undefined) throw wrong(`\`${unknown}\` is not an option. Options are ${OPTIONS.join(', ')}.`)
  const { concurrency = 1, isolatedPartitions = false, tables = [] } = options
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw wrong(`concurrency is ${String(concurrency)}; it must be a whole number of at least 1.`)
  if (isolatedPartitions && concurrency !== 1)
    throw wrong("isolatedPartitions gives one actor for each partition, so concurrency can't be set as well.")
  if (!Array.isArray(tables)) throw wrong('`tables` must be a list: [table].')
  const { sinks = [] } = options
  if (!Array.isArray(sinks) || !sinks.every(isSink))
    throw wrong('`sinks` must list topics, channels or functions of this app: [app.topic(…)].')
  failurePolicy(`Agent ${name}`, options.failures)
  const source = stream.definition
  for (const table of tables) {
    if (typeof table !== 'object' || table === null || !('definition' in table)) {
      throw wrong('`tables` must list tables made by app.table(…).')
    }
    const { definition, owner } = table
    if (owner !== app) throw wrong(`table ${definition.name} was declared with another app.`)
    if (table instanceof GlobalTable || definition.partitionBy === 'source' || definition.key.name === source.key.name)
      continue
    throw wrong(
      `table ${definition.name} has keys by ${definition.key.name}, topic ${source.name} by ${source.key.name}. Equal keys would have ` +
        `other bytes, so another partition: declare both with the same serializer, or groupBy the table's key.`,
    )
  }
}
