import type { Client, Trial, Work } from './trial.ts'

/** One row of the table: who does what, and whose rate it is measured by. */
export interface Contest {
  readonly work: Work
  readonly client: Client
  /** Beyond client and work. */
  readonly detail?: string
  readonly commitInterval: number
  readonly guarantee: Trial['guarantee']
  /** So many times the records of the others. */
  readonly times: number
  /** What its rate is divided by; left out where it is the measure itself. */
  readonly against?: Contest
}

function contest(client: Client, work: Work, more: Partial<Contest> = {}): Contest {
  return { client, work, commitInterval: 1000, guarantee: 'at-least-once', times: 1, ...more }
}

const consume = contest('kafkajs', 'consume')
const copy = contest('kafkajs', 'copy')
const count = contest('faust', 'count', { against: consume })
const often = contest('faust', 'count', { detail: 'commits every 100 ms', commitInterval: 100, against: consume })

/** In the order in which they take turns. */
export const CONTESTS: readonly Contest[] = [
  consume,
  contest('platformatic', 'consume', { against: consume }),
  contest('faust', 'consume', { against: consume }),
  copy,
  contest('platformatic', 'copy', { against: copy }),
  contest('faust', 'copy', { against: copy }),
  count,
  contest('faust', 'count', { detail: 'three times the records', times: 3, against: consume }),
  contest('faust', 'count', { detail: 'exactly-once', guarantee: 'exactly-once', against: count }),
  often,
  contest('faust', 'count', {
    detail: 'exactly-once, commits every 100 ms',
    commitInterval: 100,
    guarantee: 'exactly-once',
    against: often,
  }),
]

/** Whose copies are timed record by record. */
export const TIMED: readonly Client[] = ['kafkajs', 'faust']

/** As the table calls it. */
export function described({ client, work, detail }: Contest): string {
  return `${client}: ${work}${detail === undefined ? '' : `, ${detail}`}`
}
