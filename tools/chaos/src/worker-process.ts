import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Keeper, until } from '@faust-tools/services'
import { Copies } from './copies.ts'
import { readFact } from './facts.ts'
import type { Guarantee } from './program.ts'
import { Restores } from './restores.ts'
import { type Step, STEPS } from './stop-within.ts'

const WORKER = fileURLToPath(new URL('../dist/worker.js', import.meta.url))
/** Lines of what a worker said that an error shows. */
const TAIL = 30
const READY_TIMEOUT = 180_000

/** A worker's place: its state directory, and the process that works there, if one does. */
export class WorkerProcess {
  readonly number: number
  /** How many processes there have been. */
  starts = 0
  readonly #keeper: Keeper
  readonly #args: readonly string[]
  readonly #state: string
  readonly #restores: Restores
  readonly #copies: Copies
  #owned = 0
  #child: ChildProcess | undefined
  #ready = false
  #committed = false
  #stopped = false
  #said: string[] = []
  /** Ends that nobody asked for. A worker has to live through everything that is done to it and to Kafka. */
  readonly #deaths: string[] = []
  #expected = false

  constructor(
    keeper: Keeper,
    number: number,
    given: {
      readonly run: string
      readonly brokers: readonly string[]
      readonly guarantee: Guarantee
      readonly standbys: number
    },
  ) {
    const { brokers, guarantee, run, standbys } = given
    this.#keeper = keeper
    this.#restores = new Restores(run, number)
    this.#copies = new Copies(number)
    this.number = number
    this.#state = join(keeper.directory, `worker-${number}`)
    const place = ['--brokers', brokers.join(), '--state', this.#state]
    const how = ['--guarantee', guarantee, '--standbys', String(standbys)]
    this.#args = ['--enable-source-maps', WORKER, '--run', run, ...place, ...how]
  }

  get state(): string {
    return this.#state
  }

  /** The process of now; undefined between two. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** What its processes have restored. */
  get restores(): Restores['all'] {
    return this.#restores.all
  }

  get copies(): Pick<Copies, 'close' | 'retreats'> {
    return this.#copies
  }

  /** Source partitions that the process of now has. */
  get owned(): number {
    return this.#owned
  }

  get alive(): boolean {
    return this.#child !== undefined
  }

  get deaths(): readonly string[] {
    return this.#deaths
  }

  /** What the process of now, or the last one, has printed besides facts. */
  get said(): string {
    return this.#said.join('\n')
  }

  async start(): Promise<void> {
    this.#ready = false
    this.#committed = false
    this.#expected = false
    this.#said = []
    this.starts++
    this.#owned = 0
    this.#copies.started()
    const child = await this.#keeper.spawn({ file: process.execPath, args: this.#args })
    this.#child = child
    for (const output of [child.stdout!, child.stderr!]) {
      // The last line of a killed process may be half a one.
      let rest = ''
      output.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop()!
        for (const line of lines) this.#hear(line)
      })
    }
    // When everything that it has printed was read, too.
    child.once('close', (code, signal) => {
      this.#child = undefined
      if (this.#expected && (code === 0 || signal === 'SIGKILL')) return
      this.#deaths.push(`worker ${this.number} ended with ${signal ?? code}:\n${this.#tail()}`)
    })
  }

  get isReady(): boolean {
    return this.#ready
  }

  /** Until its first assignment is live. */
  ready(): Promise<void> {
    const what = `worker ${this.number} to be ready`
    return until(
      what,
      READY_TIMEOUT,
      () => {
        if (this.#deaths.length > 0) throw new Error(this.#deaths.join('\n'))
        return this.#ready
      },
      async () => this.#tail(),
    )
  }

  /** Until it has committed something since it was last started or resumed, so many ms have passed or the signal fires. */
  async committed(ms: number, signal: AbortSignal): Promise<void> {
    const end = performance.now() + ms
    while (!this.#committed && performance.now() < end && !signal.aborted) await sleep(100)
  }

  /** SIGKILL, until it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** SIGTERM, until it has committed and ended. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  /**
   * SIGSTOP in the midst of a transaction, before one of its steps, to which it may take so many ms. Answers whether it
   * came to that. Only for one that is ready.
   */
  async pauseWithin(step: Step, ms: number): Promise<boolean> {
    this.#stopped = false
    this.#child?.kill(STEPS[step])
    const end = performance.now() + ms
    while (!this.#stopped && this.alive && performance.now() < end) await sleep(20)
    return this.#stopped
  }

  resume(): void {
    this.#committed = false
    this.#child?.kill('SIGCONT')
  }

  /** A lost disk: the next start is another member, with tables from the changelogs. */
  async wipe(): Promise<void> {
    this.#restores.lost()
    this.#copies.lost()
    await rm(this.#state, { recursive: true, force: true })
  }

  #hear(line: string): void {
    const fact = readFact(line)
    if (fact?.kind === 'commit') {
      this.#restores.committed(fact)
      this.#committed = true
    } else if (fact?.kind === 'restore') {
      const copied = this.#copies.reached(fact.table, fact.partition)
      this.#restores.restored(fact, { start: this.starts, starting: !this.#ready, copied })
    } else if (fact?.kind === 'standby') this.#copies.followed(fact)
    else if (fact?.kind === 'rebalance') this.#owned = fact.owned
    else if (fact?.kind === 'stopped') this.#stopped = true
    else this.#said.push(line)
    this.#ready ||= line === 'ready'
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#expected = true
    const gone = once(child, 'close')
    child.kill(signal)
    await gone
  }

  #tail(): string {
    return this.said.trimEnd().split('\n').slice(-TAIL).join('\n')
  }
}
