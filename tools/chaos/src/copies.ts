import type { Fact } from './facts.ts'

/** A copy that was further before. */
export interface Retreat {
  readonly worker: number
  readonly table: string
  readonly partition: number
  readonly from: number
  readonly to: number
}

/** Keeps account of the copies in one state directory of shards that other workers run. */
export class Copies {
  readonly retreats: Retreat[] = []
  readonly #worker: number
  /** How far each was ever, in offsets of its changelog. */
  readonly #reached = new Map<string, number>()
  /** How much each lacks that is being followed. */
  readonly #lags = new Map<string, number>()

  constructor(worker: number) {
    this.#worker = worker
  }

  followed({ table, partition, offset, lag, following }: Extract<Fact, { kind: 'standby' }>): void {
    const id = `${table}/${partition}`
    const from = this.reached(table, partition)
    if (offset < from) this.retreats.push({ worker: this.#worker, table, partition, from, to: offset })
    this.#reached.set(id, Math.max(from, offset))
    if (following) this.#lags.set(id, lag)
    else this.#lags.delete(id)
  }

  /** Everything of the changelog before this offset has been in the directory as a copy. */
  reached(table: string, partition: number): number {
    return this.#reached.get(`${table}/${partition}`) ?? 0
  }

  /** How many lack at most so many offsets. */
  close(lag: number): number {
    return [...this.#lags.values()].filter((one) => one <= lag).length
  }

  /** Another process begins. */
  started(): void {
    this.#lags.clear()
  }

  /** The state directory is gone. */
  lost(): void {
    this.#reached.clear()
  }
}
