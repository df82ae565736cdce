import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createMonitor, type Sensor } from '@faust/core'
import { datadogSensor } from '@faust/sensor-datadog'
import { opentelemetrySensor } from '@faust/sensor-opentelemetry'
import { prometheusSensor } from '@faust/sensor-prometheus'
import { statsdSensor } from '@faust/sensor-statsd'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'
import * as client from 'prom-client'
import { countPerKey, keyedLog, untilSeen } from '../log/count.ts'
import type { Measured } from '../log/measure.ts'
import { markdownTable } from '../markdown-table.ts'
import { median } from '../median.ts'
import { stopwatch } from './stopwatch.ts'

/**
 * What sensors cost the count of the embedded log: pairs of runs, without and with them, in turns. The app's own monitor always
 * runs; the set has a second one, so that its cost is seen too. Time in hooks is
 * without that of traces. `pnpm bench:sensors [records] [pairs] [row]`; a row is chosen by a part of its name.
 */
const records = Number(process.argv[2] ?? 2_000_000)
const pairs = Number(process.argv[3] ?? 9)
if (!(records >= 1000 && pairs >= 1)) throw new RangeError('bench:sensors [records, at least 1000] [pairs, at least 1]')
const chosen = process.argv[4] ?? ''
const size = { records, keys: 100_000, partitions: 4 }

const sink = fork(new URL('sink.js', import.meta.url))
const [port] = (await once(sink, 'message')) as [number]
const registry = new client.Registry()

const monitor = (): Sensor => createMonitor()
const statsd = (): Sensor => statsdSensor({ port })
const datadog = (): Sensor => datadogSensor({ port })
const prometheus = (): Sensor => prometheusSensor({ client, registry })
const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1000, exportTimeoutMillis: 900 })
const meterProvider = new MeterProvider({ readers: [reader] })
/** One trace in a hundred is kept; the sampler is asked for every value. */
const tracerProvider = new BasicTracerProvider({
  sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.01) }),
})
const opentelemetry = (): Sensor => opentelemetrySensor({ meterProvider, traces: false })
const traces = (): Sensor => opentelemetrySensor({ metrics: false, tracerProvider })
/** Metrics. Traces cost something for each record, so they have a row of their own. */
const ALL = [monitor, statsd, datadog, prometheus, opentelemetry]

/** The first shows how far two runs of the same thing differ. */
const CONTESTS: readonly { readonly name: string; readonly commitInterval: number; readonly set: typeof ALL }[] = [
  { name: 'none, against none', commitInterval: 1000, set: [] },
  { name: 'all', commitInterval: 1000, set: ALL },
  { name: 'all', commitInterval: 100, set: ALL },
  { name: 'a second monitor', commitInterval: 100, set: [monitor] },
  { name: 'statsd', commitInterval: 100, set: [statsd] },
  { name: 'datadog', commitInterval: 100, set: [datadog] },
  { name: 'prometheus', commitInterval: 100, set: [prometheus] },
  { name: 'opentelemetry', commitInterval: 100, set: [opentelemetry] },
  { name: 'traces, one in a hundred kept', commitInterval: 1000, set: [traces] },
]

interface Watched extends Measured {
  /** The share of the time that hooks took. */
  readonly hooks: number
}

async function count(commitInterval: number, set: typeof ALL, of = size): Promise<Watched> {
  const watch = stopwatch()
  const sensors = set.map((make) => watch.around(make()))
  const measured = await untilSeen(await keyedLog(of), of.records, countPerKey, { commitInterval, sensors })
  return { ...measured, hooks: (watch.spent() / 1000) * (measured.rate / of.records) }
}

/** Each pair in the other order, as who comes second finds a warmer or a fuller process. */
async function compare({ name, commitInterval, set }: (typeof CONTESTS)[number]): Promise<readonly string[]> {
  const found: { rate: number; cpu: number; hooks: number }[] = []
  for (let pair = 0; pair < pairs; pair++) {
    const runs = pair % 2 === 0 ? [[], set] : [set, []]
    const measured: Watched[] = []
    for (const each of runs) measured.push(await count(commitInterval, each))
    const [bare, watched] = (pair % 2 === 0 ? measured : measured.toReversed()) as [Watched, Watched]
    found.push({ rate: watched.rate / bare.rate, cpu: watched.cpu / bare.cpu, hooks: watched.hooks })
  }
  const rates = found.map(({ rate }) => rate)
  return [
    name,
    `${commitInterval} ms`,
    median(rates).toFixed(3),
    `${Math.min(...rates).toFixed(2)} to ${Math.max(...rates).toFixed(2)}`,
    median(found.map(({ cpu }) => cpu)).toFixed(3),
    (median(found.map(({ hooks }) => hooks)) * 100).toFixed(2),
  ]
}

console.log(
  `Node ${process.version}, ${records.toLocaleString('en')} records, ${size.keys.toLocaleString('en')} keys, ` +
    `${size.partitions} partitions, medians of ${pairs} pairs\n`,
)
for (const set of [ALL, []]) await count(100, set, { ...size, records: Math.min(records, 200_000) })
const rows: (readonly string[])[] = []
for (const contest of CONTESTS.filter(({ name }) => name.includes(chosen))) {
  rows.push(await compare(contest))
  process.stderr.write(`${rows.at(-1)!.join(', ')}\n`)
}
const head = ['sensors', 'commits every', 'rate to none', 'from, to', 'CPU to none', 'time in hooks, %']
console.log(markdownTable(head, rows))
await meterProvider.shutdown()
sink.disconnect()
