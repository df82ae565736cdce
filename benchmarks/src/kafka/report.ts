import { markdownTable } from '../markdown-table.ts'
import { median } from '../median.ts'
import { type Contest, described, type Row } from './contests.ts'
import type { Latency } from './latency.ts'
import type { Client, Outcome } from './trial.ts'

/** Medians as a table of Markdown, ratios first. Each column by itself: the middle run by rate need not be the one in the middle by memory. */
export function throughputTable(rows: readonly Row[], results: ReadonlyMap<Contest, readonly Outcome[]>): string {
  const middle = (contest: Contest, of: keyof Outcome): number => median(results.get(contest)!.map((each) => each[of]))
  return markdownTable(
    ['', 'ratio', 'to', 'records/s', 'CPU µs/record', 'peak MiB'],
    rows.map(({ against, contest }) => [
      described(contest),
      (middle(contest, 'rate') / middle(against, 'rate')).toFixed(2),
      against === contest ? '' : described(against),
      Math.round(middle(contest, 'rate')).toLocaleString('en'),
      middle(contest, 'cpu').toFixed(2),
      middle(contest, 'memory').toFixed(0),
    ]),
  )
}

/** The first client is the measure. */
export function latencyTable(results: ReadonlyMap<Client, readonly Latency[]>): string {
  const middle = (client: Client, of: keyof Latency): number => median(results.get(client)!.map((each) => each[of]))
  const [first] = results.keys()
  return markdownTable(
    ['copy', `p99, ratio to ${first}`, 'p50 ms', 'p99 ms'],
    [...results.keys()].map((client) => [
      client,
      (middle(client, 'p99') / middle(first!, 'p99')).toFixed(2),
      middle(client, 'p50').toFixed(1),
      middle(client, 'p99').toFixed(1),
    ]),
  )
}
