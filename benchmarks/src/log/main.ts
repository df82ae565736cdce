import { markdownTable } from '../markdown-table.ts'
import { median } from './measure.ts'
import { workloads } from './workloads.ts'

/**
 * What core itself costs, on the embedded log: no network, no disk. The first workload is the measure of the others: what
 * reading and decoding cost without an app. `pnpm bench [records] [runs]`.
 */
const records = Number(process.argv[2] ?? 1_000_000)
const runs = Number(process.argv[3] ?? 5)
const size = { records, keys: 100_000, partitions: 4 }

console.log(
  `Node ${process.version}, ${records.toLocaleString('en')} records, ${size.keys.toLocaleString('en')} keys, ` +
    `${size.partitions} partitions, medians of ${runs} runs after one warm-up\n`,
)
const rates = new Map<string, number>()
const rows = []
for (const { name, against = workloads[0]!.name, run } of workloads) {
  await run({ ...size, records: Math.min(records, 200_000) })
  const results = []
  for (let index = 0; index < runs; index++) results.push(await run(size))
  const { rate, cpu, heap } = median(results)
  rates.set(name, rate)
  const ratio = (rate / rates.get(against)!).toFixed(2)
  rows.push([
    name,
    ratio,
    against === name ? '' : against,
    Math.round(rate).toLocaleString('en'),
    cpu.toFixed(2),
    heap.toFixed(0),
  ])
}
console.log(markdownTable(['', 'ratio', 'to', 'records/s', 'CPU µs/record', 'heap MiB'], rows))
