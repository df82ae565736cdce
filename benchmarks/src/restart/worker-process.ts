import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RestartReport, RestartTask } from './worker.ts'

/** Ms between two looks at what it has said. */
const LOOK = 10

/** How a worker came to work. Times are in ms from the start of its process. */
export interface Restart {
  readonly program: number
  readonly assigned: number
  /** When the first record of each partition was processed. */
  readonly records: readonly number[]
  /** Records of changelogs that were read. */
  readonly restored: number
}

/** A worker in a process of its own. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #begun = Date.now()
  readonly #reports: RestartReport[] = []

  constructor(task: RestartTask) {
    const program = fileURLToPath(new URL('worker.js', import.meta.url))
    this.#child = fork(program, { execArgv: [...process.execArgv, '--disable-warning=TimeoutNegativeWarning'] })
    this.#child.on('message', (report: RestartReport) => this.#reports.push(report))
    this.#child.send(task)
  }

  /** Resolves when it has processed a record of each partition. */
  async atWork(partitions: number): Promise<Restart> {
    const first = (step: RestartReport['step']): number =>
      this.#reports.find((report) => report.step === step)!.at - this.#begun
    const records: number[] = []
    for (;;) {
      for (const report of this.#reports) {
        if (report.step === 'record') records[report.partition] = report.at - this.#begun
      }
      if (Object.keys(records).length === partitions) break
      if (this.#child.exitCode !== null) throw new Error(`The worker ended with ${this.#child.exitCode}.`)
      await sleep(LOOK)
    }
    const restored = this.#reports.reduce((sum, report) => sum + (report.step === 'restored' ? report.records : 0), 0)
    return { program: first('program'), assigned: first('assigned'), records, restored }
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}
