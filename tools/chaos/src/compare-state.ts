import { until } from '@faust-tools/services'
import { silentLogger } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import { type Evidence, lastValues } from './evidence.ts'
import { chaosProgram, PARTITIONS, type TableName } from './program.ts'
import { WORKER_SETTINGS } from './settings.ts'
import { lastFinals, windowName } from './verify/windows.ts'

const TIMEOUT = 180_000

/**
 * Findings: whether a worker that starts with this state directory, or with none, has the tables as their changelogs end,
 * and closed windows as their final results say.
 */
export async function compareState(options: {
  readonly run: string
  readonly brokers: readonly string[]
  readonly directory: string | undefined
  readonly evidence: Evidence
}): Promise<readonly string[]> {
  const { run, brokers, directory, evidence } = options
  const { app, tables, windows } = chaosProgram({
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
    const compare = (
      name: string,
      found: ReadonlyMap<string, unknown>,
      expected: ReadonlyMap<string, unknown>,
    ): void => {
      const wrong = [...expected].filter(([key, value]) => JSON.stringify(found.get(key)) !== JSON.stringify(value))
      if (wrong.length === 0 && found.size === expected.size) return
      const example = wrong[0] === undefined ? '' : ` (${wrong[0][0]} is one)`
      findings.push(
        `${name} from ${directory ?? 'the changelog alone'} has ${found.size} entries, where the log has ` +
          `${expected.size}; ${wrong.length} differ${example}`,
      )
    }
    for (const name of Object.keys(tables) as TableName[]) {
      const found = new Map<string, unknown>()
      for await (const [key, value] of tables[name].entries()) found.set(key, value)
      compare(name, found, lastValues(evidence.changelogs[name]))
    }
    const closed = lastFinals(evidence)
    const found = new Map<string, number>()
    for await (const { key, window, value } of windows.entries()) {
      const name = windowName(key, window.start)
      if (closed.has(name)) found.set(name, value)
    }
    compare('windows', found, closed)
    return findings
  } finally {
    await app.stop({ leave: true })
  }
}
