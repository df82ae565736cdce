import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Transport } from '@faust/core'
import type { Outcome } from './trial.ts'

/** What a worker is told first. */
export interface WorkerTask {
  readonly brokers: readonly string[]
  readonly app: string
  readonly input: string
  readonly directory: string
  readonly standbyReplicas: number
}

/** What it is told afterwards, in this order. */
export type WorkerCommand = 'count' | 'commit' | 'end'

/** What it says of itself. */
export interface WorkerReport {
  /** Partitions that it runs. */
  readonly active: number
  /** By partition of which it keeps a copy: how far it has followed the changelog. */
  readonly followed: Readonly<Record<number, number>>
  readonly counted: number
  /** Once committed: microseconds of CPU since it was told to count, and the most that it held in memory, in MiB. */
  readonly cpu?: number
  readonly memory?: number
  /** At the end: what the counts of its partitions add up to. */
  readonly sum?: number
}

/** Who counts, and how many copies there are of what is counted. */
export interface Counting {
  readonly workers: number
  readonly partitions: number
  readonly standbyReplicas: number
}

/** Beside the figures of all processes together: ms from the last commit until the copies had everything. */
export interface CountingOutcome extends Outcome {
  readonly behind: number
}

/** Counts a topic once by workers in processes of their own. Throws when a record is missing or was counted twice. */
export async function runCounting(
  transport: Transport,
  trial: Counting & Pick<WorkerTask, 'app' | 'brokers' | 'input'> & { readonly records: number },
): Promise<CountingOutcome> {
  const { partitions, records, standbyReplicas } = trial
  const directory = await mkdtemp(join(tmpdir(), 'bench-standby-'))
  const events = new EventEmitter()
  const workers: Worker[] = []
  const sum = (of: (report: WorkerReport) => number): number =>
    workers.reduce((total, { latest }) => total + of(latest), 0)
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await once(events, 'report')
  }
  try {
    for (let worker = 0; worker < trial.workers; worker++) {
      workers.push(new Worker({ ...trial, directory: join(directory, String(worker)) }, events))
    }
    const share = Math.ceil(partitions / trial.workers)
    await until(
      () =>
        sum(({ active }) => active) === partitions &&
        workers.every(({ latest }) => latest.active <= share) &&
        sum(({ followed }) => Object.keys(followed).length) === partitions * standbyReplicas,
    )
    const begun = performance.now()
    for (const worker of workers) worker.tell('count')
    await until(() => sum(({ counted }) => counted) >= records)
    for (const worker of workers) worker.tell('commit')
    await until(() => workers.every(({ latest }) => latest.cpu !== undefined))
    const seconds = (performance.now() - begun) / 1000
    const outcome = {
      rate: records / seconds,
      cpu: sum(({ cpu }) => cpu!) / records,
      memory: sum(({ memory }) => memory!),
    }
    const places = Array.from({ length: partitions }, (_, partition) => ({
      topic: `${trial.app}-counts-changelog`,
      partition,
    }))
    const ends = await transport.admin.offsets(places)
    const copiesOf = ({ logEnd, partition }: (typeof ends)[number]): number =>
      workers.filter(({ latest }) => latest.followed[partition]! >= logEnd).length
    await until(() => ends.every((end) => copiesOf(end) === standbyReplicas))
    const behind = performance.now() - begun - seconds * 1000
    for (const worker of workers) worker.tell('end')
    await until(() => workers.every(({ latest }) => latest.sum !== undefined))
    const total = sum((report) => report.sum!)
    if (total !== records) throw new Error(`The counts add up to ${total}, not ${records}.`)
    await Promise.all(workers.map((worker) => worker.ended))
    return { ...outcome, behind }
  } finally {
    for (const worker of workers) worker.kill()
    await rm(directory, { recursive: true, force: true })
  }
}

/** A process of `worker.js`. It emits `report` with each of its reports, and `error` when it ends before its time. */
class Worker {
  /** What it said last; figures that it said once stay. */
  latest: WorkerReport = { active: 0, followed: {}, counted: 0 }
  readonly ended: Promise<unknown>
  readonly #child: ChildProcess

  constructor(task: WorkerTask, events: EventEmitter) {
    const program = fileURLToPath(new URL('worker.js', import.meta.url))
    this.#child = fork(program, { execArgv: [...process.execArgv, '--disable-warning=TimeoutNegativeWarning'] })
    this.ended = once(this.#child, 'exit')
    this.#child.on('message', (report: WorkerReport) => {
      this.latest = { ...this.latest, ...report }
      events.emit('report')
    })
    this.#child.on('exit', (code) => {
      if (this.latest.sum === undefined) events.emit('error', new Error(`A worker ended with ${String(code)}.`))
    })
    this.#child.send(task)
  }

  tell(command: WorkerCommand): void {
    this.#child.send(command)
  }

  kill(): void {
    this.#child.removeAllListeners().kill('SIGKILL')
  }
}
