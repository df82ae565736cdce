import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AppOptions, json, text, type Transport } from '@faust/core'
import { levelStore } from '@faust/store-level'
import { countPerKey, keyedLog, type Size, untilSeen } from './count.ts'
import { filledLog } from './filled-log.ts'
import { measure, type Measured } from './measure.ts'

/** Something that is measured; each run gets a log and an app of its own. */
export interface Workload {
  readonly name: string
  /** The name of the one that its rate is divided by. Default: the first of all. */
  readonly against?: string
  readonly run: (size: Size) => Promise<Measured>
}

const encoder = new TextEncoder()
const words = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta']

const textLog = ({ records, keys, partitions }: Size): Promise<Transport> =>
  filledLog('input', partitions, records, (index) => ({
    key: encoder.encode(`key-${index % keys}`),
    value: encoder.encode(`${words[index & 7]} number ${index}`),
  }))

const COUNT = 'table updates (count per key)'
const COUNT_OFTEN = `${COUNT}, commits every 100 ms`

function counting(name: string, options: Omit<AppOptions, 'id'>, against?: string): Workload {
  const run = async (size: Size): Promise<Measured> =>
    untilSeen(await keyedLog(size), size.records, countPerKey, options)
  return { name, run, ...(against !== undefined && { against }) }
}

export const workloads: readonly Workload[] = [
  {
    name: 'bare poll and decode, no app',
    run: async (size) => {
      const transport = await textLog(size)
      const decode = text().decode
      const measured = await measure(size.records, async () => {
        const reader = transport.reader({ isolation: 'read-committed' })
        await reader.assign(
          Array.from({ length: size.partitions }, (_, partition) => ({ topic: 'input', partition, offset: 0 })),
        )
        for (let seen = 0, length = 0; seen < size.records;) {
          for (const batch of await reader.poll({ maxWait: 100, maxRecords: 16_384 })) {
            for (const { value, headers } of batch.records) {
              length += (decode(value!, { topic: 'input', part: 'value', headers }) as string).length
            }
            seen += batch.records.length
          }
          if (length === 0) throw new Error('nothing was read')
        }
        await reader.close()
      })
      await transport.close()
      return measured
    },
  },
  {
    name: 'text records through an agent',
    run: async (size) =>
      untilSeen(await textLog(size), size.records, (app, seen) => {
        const input = app.topic('input', { value: text() })
        app.agent('read', input, async (stream) => {
          for await (const value of stream) if (value.length > 0) seen()
        })
      }),
  },
  counting(COUNT, {}),
  counting(COUNT_OFTEN, { commitInterval: 100 }),
  counting(`${COUNT}, exactly-once`, { guarantee: 'exactly-once', commitInterval: 1000 }, COUNT),
  counting(`${COUNT_OFTEN}, exactly-once`, { guarantee: 'exactly-once', commitInterval: 100 }, COUNT_OFTEN),
  {
    name: `${COUNT}, log in files and tables in LevelDB`,
    run: async (size) => {
      const directory = await mkdtemp(join(tmpdir(), 'faust-bench-'))
      try {
        const store = levelStore({ directory: join(directory, 'state') })
        return await untilSeen(await keyedLog(size, join(directory, 'log')), size.records, countPerKey, { store })
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    },
  },
  {
    name: 'groupBy another field, then count',
    run: async (size) =>
      untilSeen(await textLog(size), size.records, (app, seen) => {
        const input = app.topic('input', { value: text() })
        const counts = app.table('counts', { value: json<number>(), default: () => 0 })
        const byWord = input.groupBy((value) => value.slice(0, value.indexOf(' ')), { name: 'word' })
        app.agent('count', byWord, { tables: [counts] }, async (stream) => {
          for await (const value of stream) {
            await counts.update(value.slice(0, value.indexOf(' ')), (count) => count + 1)
            seen()
          }
        })
      }),
  },
]
