import { FaustError } from '@faust/core'
import type { Counter, Gauge, Histogram, Metric as AnyMetric, OpenMetricsContentType, Registry } from 'prom-client'

/** What the sensor uses of the module `prom-client`. */
export type PromClient = Pick<typeof import('prom-client'), 'Counter' | 'Gauge' | 'Histogram' | 'register'>

/** A registry of either text format. */
export type AnyRegistry = Registry | Registry<OpenMetricsContentType>

/** A name without `faust_`, the help text, and the labels beside `app`. */
type Definition = readonly [name: string, help: string, ...labels: string[]]

type CounterName =
  | 'received'
  | 'receivedBytes'
  | 'processed'
  | 'failures'
  | 'stalls'
  | 'sent'
  | 'sentBytes'
  | 'refused'
  | 'queueFull'
  | 'tableOperations'
  | 'late'
  | 'entries'

const COUNTERS: Readonly<Record<CounterName, Definition>> = {
  received: ['received_records_total', 'Records that came from the log.', 'topic'],
  receivedBytes: ['received_bytes_total', 'Bytes that came from the log.', 'topic'],
  processed: ['processed_values_total', 'Values that agents settled.', 'agent', 'topic'],
  failures: ['failures_total', 'Failed attempts of agents, and what followed.', 'agent', 'outcome'],
  stalls: ['stalls_total', 'Handlers, commits and fetches that stood still.', 'kind'],
  sent: ['sent_records_total', 'Records that the log acknowledged.', 'topic'],
  sentBytes: ['sent_bytes_total', 'Bytes that the log acknowledged.', 'topic'],
  refused: ['refused_records_total', 'Records that the log refused.', 'topic'],
  queueFull: ['queue_full_total', 'How often the queue of a partition was full.', 'topic'],
  tableOperations: ['table_operations_total', 'Operations on tables.', 'table', 'operation'],
  late: ['late_values_total', 'Values too late for every window of theirs.', 'table'],
  entries: ['committed_entries_total', 'Table entries that commit cycles wrote.'],
}

type GaugeName =
  | 'readOffset'
  | 'endOffset'
  | 'committedOffset'
  | 'lag'
  | 'paused'
  | 'restoreLeft'
  | 'restoreProgress'
  | 'standbyLag'
  | 'tasks'
  | 'generation'
  | 'state'

const GAUGES: Readonly<Record<GaugeName, Definition>> = {
  readOffset: ['read_offset', 'The offset that is read next.', 'topic', 'partition'],
  endOffset: ['end_offset', 'The end of the log, as last heard.', 'topic', 'partition'],
  committedOffset: ['committed_offset', 'The offset that was committed last.', 'topic', 'partition'],
  lag: ['lag_records', 'Offsets between what was committed, or else read, and the end.', 'topic', 'partition'],
  paused: ['queue_paused', '1 while the queue of a partition is full.', 'topic', 'partition'],
  restoreLeft: ['restore_left_records', 'Changelog offsets that a restore has to go.', 'table', 'partition'],
  restoreProgress: ['restore_progress_ratio', 'The share of a restore that is done.', 'table', 'partition'],
  standbyLag: ['standby_lag_records', 'Changelog offsets that a copy has to go.', 'table', 'partition'],
  tasks: ['assigned_tasks', 'Tasks of this worker: partition n of the topics that belong together.'],
  generation: ['group_generation', 'The generation of the group, as of the last rebalance.'],
  state: ['state', '1 for the state of the app, 0 for the others.', 'state'],
}

type HistogramName = 'processing' | 'send' | 'commit' | 'rebalance' | 'restore'

const HISTOGRAMS: Readonly<Record<HistogramName, Definition>> = {
  processing: [
    'processing_duration_seconds',
    'From the hand-over of a value to its settlement: the longest among the samples of a cycle.',
    'agent',
  ],
  send: ['send_duration_seconds', 'From the hand-over to the producer to the answer of the log.', 'result'],
  commit: ['commit_duration_seconds', 'Commit cycles.', 'result'],
  rebalance: ['rebalance_duration_seconds', 'Rebalances.'],
  restore: ['restore_duration_seconds', 'Restores of whole partitions of tables.', 'table'],
}

/** The families that the sensors of one registry share; each has the label `app`. */
export interface Metrics {
  readonly counters: Readonly<Record<CounterName, Counter>>
  readonly gauges: Readonly<Record<GaugeName, Gauge>>
  readonly histograms: Readonly<Record<HistogramName, Histogram>>
}

/** What prom-client keeps in a metric, but does not declare. */
interface Inside {
  readonly labelNames: readonly string[]
  readonly upperBounds?: readonly number[]
}

/** Makes what the registry does not have yet. */
export function metricsOf(client: PromClient, registry: AnyRegistry, buckets: readonly number[]): Metrics {
  const all = <K extends string, M extends AnyMetric>(
    definitions: Readonly<Record<K, Definition>>,
    Kind: new (configuration: never) => M,
    more: { readonly buckets?: readonly number[] } = {},
  ): Record<K, M> => {
    const families = {} as Record<K, M>
    for (const key of Object.keys(definitions) as K[]) {
      const [base, help, ...labels] = definitions[key]
      const name = `faust_${base}`
      const labelNames = ['app', ...labels]
      const there: AnyMetric | undefined = registry.getSingleMetric(name)
      if (there === undefined) {
        families[key] = new Kind({ name, help, labelNames, registers: [registry], ...more } as never)
        continue
      }
      const { labelNames: itsLabels, upperBounds = [] } = there as unknown as Inside
      if (!(there instanceof Kind) || !same(itsLabels, labelNames)) {
        throw wrong('registry', `has a metric ${name} that is not a sensor's. Give the sensor a registry of its own.`)
      }
      if (more.buckets !== undefined && !same(upperBounds, more.buckets)) {
        throw wrong('buckets', `is not that of another sensor with the same registry: [${upperBounds.join(', ')}].`)
      }
      families[key] = there
    }
    return families
  }
  return {
    counters: all(COUNTERS, client.Counter as never),
    gauges: all(GAUGES, client.Gauge as never),
    histograms: all(HISTOGRAMS, client.Histogram as never, { buckets }),
  }
}

/** The error for an option that is wrong. `problem` goes on behind its name. */
export function wrong(option: string, problem: string): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `prometheusSensor: the option \`${option}\` ${problem}`, {
    details: { option },
  })
}

function same(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index])
}
