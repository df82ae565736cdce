import type { Client, Trial, Work } from './trial.ts'

/** Who does what. */
export interface Contest {
  readonly work: Work
  readonly client: Client
  /** Beyond client and work. */
  readonly detail?: string
  readonly commitInterval: number
  readonly guarantee: Trial['guarantee']
  /** So many times the records of the others. */
  readonly times: number
}

/** One row of a table: a contest, and whose rate it is measured by; by its own where it is the measure. */
export interface Row {
  readonly contest: Contest
  readonly against: Contest
}

function contest(client: Client, work: Work, more: Partial<Contest> = {}): Contest {
  return { client, work, commitInterval: 1000, guarantee: 'at-least-once', times: 1, ...more }
}

const THRICE = { detail: 'three times the records', times: 3 } as const
const EXACTLY = { detail: 'exactly-once', guarantee: 'exactly-once' } as const
const OFTEN = { detail: 'commits every 100 ms', commitInterval: 100 } as const
const EXACTLY_OFTEN = { ...EXACTLY, ...OFTEN, detail: 'exactly-once, commits every 100 ms' } as const

/** What the tables of both have. */
const ours = {
  copy: contest('faust', 'copy'),
  count: contest('faust', 'count'),
  countThrice: contest('faust', 'count', THRICE),
  countExactly: contest('faust', 'count', EXACTLY),
  countOften: contest('faust', 'count', OFTEN),
  countExactlyOften: contest('faust', 'count', EXACTLY_OFTEN),
}
const consume = contest('kafkajs', 'consume')
const copy = contest('kafkajs', 'copy')

/** Ours against bare clients, in the order in which they take turns. */
export const AGAINST_CLIENTS: readonly Row[] = [
  { contest: consume, against: consume },
  { contest: contest('platformatic', 'consume'), against: consume },
  { contest: contest('faust', 'consume'), against: consume },
  { contest: copy, against: copy },
  { contest: contest('platformatic', 'copy'), against: copy },
  { contest: ours.copy, against: copy },
  { contest: ours.count, against: consume },
  { contest: ours.countThrice, against: consume },
  { contest: ours.countExactly, against: ours.count },
  { contest: ours.countOften, against: consume },
  { contest: ours.countExactlyOften, against: ours.countOften },
]

/** Ours against Kafka Streams. What a Java machine takes to get warm weighs less with more records. */
export const AGAINST_STREAMS: readonly Row[] = [
  ...versus(ours.copy),
  ...versus(ours.count),
  ...versus(ours.countThrice),
  ...versus(ours.countExactly),
  ...versus(ours.countExactlyOften),
  ...versus(contest('faust', 'window')),
  ...versus(contest('faust', 'regroup')),
]

function versus(mine: Contest): readonly Row[] {
  const theirs: Contest = { ...mine, client: 'kafka-streams' }
  return [
    { contest: theirs, against: theirs },
    { contest: mine, against: theirs },
  ]
}

/** Whose copies are timed record by record. */
export const TIMED: readonly Client[] = ['kafkajs', 'faust']

/** As the tables call it. */
export function described({ client, work, detail }: Contest): string {
  return `${client}: ${work}${detail === undefined ? '' : `, ${detail}`}`
}
