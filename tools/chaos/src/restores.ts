import type { Fact } from './facts.ts'
import { inputTopic, repartitionTopic } from './program.ts'

/** A shard that a worker has brought to the end of its changelog. */
export interface Restore {
  readonly worker: number
  /** The worker's how manieth process it was. */
  readonly start: number
  /** Whether it was before the process's first assignment was live. */
  readonly starting: boolean
  readonly table: string
  readonly partition: number
  /** Read from the changelog. */
  readonly records: number
  /**
   * When the state directory last had everything of the changelog, in epoch ms: after the last commit of the partition by
   * a process that worked there. `undefined`: it never had, or was lost meanwhile.
   */
  readonly since: number | undefined
  /** Everything of the changelog before this offset was in the state directory, as a copy of what another worker ran. */
  readonly copied: number
}

/** Keeps account of what the processes of one place restore. */
export class Restores {
  readonly all: Restore[] = []
  readonly #run: string
  readonly #worker: number
  /** By `topic/partition`. */
  readonly #commits = new Map<string, number>()

  constructor(run: string, worker: number) {
    this.#run = run
    this.#worker = worker
  }

  committed({ at, of }: Extract<Fact, { kind: 'commit' }>): void {
    for (const partition of of) this.#commits.set(partition, at)
  }

  restored(fact: Extract<Fact, { kind: 'restore' }>, process: Pick<Restore, 'start' | 'starting' | 'copied'>): void {
    const { table, partition, records } = fact
    const source = table === 'grouped' || table === 'windows' ? repartitionTopic(this.#run) : inputTopic(this.#run)
    const since = this.#commits.get(`${source}/${partition}`)
    this.all.push({ worker: this.#worker, ...process, table, partition, records, since })
  }

  /** The state directory is gone. */
  lost(): void {
    this.#commits.clear()
  }
}
