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
const rows: string[][] = [['workload', 'records/s', 'of bare', 'CPU µs/record', 'heap MiB']]
let bare = 0
for (const { name, run } of workloads) {
  await run({ ...size, records: Math.min(records, 200_000) })
  const results = []
  for (let index = 0; index < runs; index++) results.push(await run(size))
  const { rate, cpu, heap } = median(results)
  bare ||= rate
  rows.push([name, Math.round(rate).toLocaleString('en'), (rate / bare).toFixed(2), cpu.toFixed(2), heap.toFixed(0)])
}
const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
for (const row of rows) {
  console.log(
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
  )
}
