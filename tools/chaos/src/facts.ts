import { SENSOR_CONTRACT, type Sensor } from '@faust/core'

/** What a worker process says of itself, one on a line. */
export type Fact =
  /** A cycle has ended, its stores are written. `at` is the clock's time, `of` names the partitions as `topic/partition`. */
  | { readonly kind: 'commit'; readonly at: number; readonly of: readonly string[] }
  /** A rebalance has ended; the worker has so many source partitions. */
  | { readonly kind: 'rebalance'; readonly owned: number }
  /** A copy of a shard that another worker runs has everything before `offset` of its changelog, and lacks so many offsets. */
  | {
      readonly kind: 'standby'
      readonly table: string
      readonly partition: number
      readonly offset: number
      readonly lag: number
      readonly following: boolean
    }
  /** A shard was brought to the end of its changelog, with so many records. */
  | { readonly kind: 'restore'; readonly table: string; readonly partition: number; readonly records: number }
  /** It stops itself, in the midst of a transaction. */
  | { readonly kind: 'stopped'; readonly before: string }

const MARK = 'fact '

export function tellFact(fact: Fact): void {
  process.stdout.write(`${MARK}${JSON.stringify(fact)}\n`)
}

/** The fact of a line; `undefined` for any other line. */
export function readFact(line: string): Fact | undefined {
  return line.startsWith(MARK) ? (JSON.parse(line.slice(MARK.length)) as Fact) : undefined
}

/** Tells commits, rebalances, copies and restores. */
export function factSensor(): Sensor {
  return {
    name: 'facts',
    contract: SENSOR_CONTRACT,
    async start() {},
    async close() {},
    onCommit({ error, offsets }) {
      if (error !== undefined) return
      tellFact({ kind: 'commit', at: Date.now(), of: offsets.map(({ topic, partition }) => `${topic}/${partition}`) })
    },
    onRebalance: ({ added, kept }) => tellFact({ kind: 'rebalance', owned: added + kept }),
    onStandby({ table, partition, offset, lag, following }) {
      tellFact({ kind: 'standby', table, partition, offset, lag, following })
    },
    onRestore({ table, partition, done, total, records }) {
      if (done === total) tellFact({ kind: 'restore', table, partition, records })
    },
  }
}
