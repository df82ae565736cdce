import { until } from '@faust-tools/services'
import { silentLogger } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import { type Evidence, lastValues } from './evidence.ts'
import { chaosProgram, PARTITIONS, type TableName } from './program.ts'
import { WORKER_SETTINGS } from './settings.ts'

const TIMEOUT = 60_000

/** Findings: whether a worker that starts with this state directory, or with none, has the tables as their changelogs end. */
export async function compareState(options: {
  readonly run: string
  readonly brokers: readonly string[]
  readonly directory: string | undefined
  readonly changelogs: Evidence['changelogs']
}): Promise<readonly string[]> {
  const { run, brokers, directory, changelogs } = options
  const { app, tables } = chaosProgram({
    ...WORKER_SETTINGS,
    id: run,
    transport: kafkajsTransport({ brokers }),
    logger: silentLogger,
    ...(directory !== undefined && { store: levelStore({ directory }) }),
  })
  await app.start()
  try {
    // Workers that have stopped keep their places until their sessions end.
    await until('one worker to have all partitions', TIMEOUT, () => {
      return app.status().partitions.filter(({ live }) => live).length === 2 * PARTITIONS
    })
    const findings: string[] = []
    for (const name of Object.keys(tables) as TableName[]) {
      const found = new Map<string, unknown>()
      for await (const [key, value] of tables[name].entries()) found.set(key, value)
      const expected = lastValues(changelogs[name])
      const wrong = [...expected].filter(([key, value]) => JSON.stringify(found.get(key)) !== JSON.stringify(value))
      if (wrong.length === 0 && found.size === expected.size) continue
      const example = wrong[0] === undefined ? '' : ` (${wrong[0][0]} is one)`
      findings.push(
        `${name} from ${directory ?? 'the changelog alone'} has ${found.size} entries, where the changelog has ` +
          `${expected.size}; ${wrong.length} differ${example}`,
      )
    }
    return findings
  } finally {
    await app.stop({ leave: true })
  }
}
