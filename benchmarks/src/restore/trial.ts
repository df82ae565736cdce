/** What is done with every record of a changelog, a process each. */
export type Work = 'consume' | 'write' | 'tuned-write' | 'restore'

/** One run, told to its process. */
export interface Trial {
  readonly work: Work
  readonly brokers: readonly string[]
  /** The app's id: its table `orders` has the changelog. */
  readonly app: string
  readonly changelog: string
  readonly partitions: number
  /** In the changelog, of as many keys. */
  readonly records: number
}

/** What a process took. */
export interface Outcome {
  /** Records a second. */
  readonly rate: number
  /** Microseconds of CPU, of all threads, a record. */
  readonly cpu: number
  /** The most that the process held in memory at any moment of its life, in MiB. */
  readonly memory: number
}

/** Takes time and CPU from its making until asked. */
export class Stopwatch {
  #begun = performance.now()
  readonly #cpu = process.cpuUsage()

  /** The time began so many ms ago; the CPU since then was spent for it. */
  began(ago: number): void {
    this.#begun = performance.now() - ago
  }

  outcome(records: number): Outcome {
    const seconds = (performance.now() - this.#begun) / 1000
    const { user, system } = process.cpuUsage(this.#cpu)
    return { rate: records / seconds, cpu: (user + system) / records, memory: process.resourceUsage().maxRSS / 1024 }
  }
}
