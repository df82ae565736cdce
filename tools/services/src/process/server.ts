import type { ChildProcess } from 'node:child_process'
import { PortTakenError, ServicesError } from '../errors.ts'
import type { ServiceNode } from '../node.ts'
import { until } from '../until.ts'
import { exited, hasExited } from './exited.ts'
import type { Keeper, Program } from './keeper.ts'
import { logTail } from './log-tail.ts'
import { standsStill } from './stands-still.ts'

const STOP_TIMEOUT_MS = 60_000
const PAUSE_TIMEOUT_MS = 30_000

export interface ServerPlan {
  /** As it appears in errors: "Kafka node 0". */
  readonly name: string
  readonly address: string
  readonly logFile: string
  readonly program: Program
  /** Whether the server serves by now. Must not wait long itself. */
  readonly answers: () => Promise<boolean>
  readonly startTimeoutMs: number
}

/** One server process of ours, that can be taken down and brought up again in every way a failure can. */
export class Server implements ServiceNode {
  readonly address: string
  readonly logFile: string
  readonly #plan: ServerPlan
  readonly #keeper: Keeper
  #child: ChildProcess | undefined
  #paused = false

  constructor(keeper: Keeper, plan: ServerPlan) {
    this.address = plan.address
    this.logFile = plan.logFile
    this.#plan = plan
    this.#keeper = keeper
  }

  get pid(): number | undefined {
    return this.#alive()?.pid
  }

  get state(): ServiceNode['state'] {
    if (this.#alive() === undefined) return 'stopped'
    return this.#paused ? 'paused' : 'running'
  }

  /** Starts the process and waits until it serves. One that does not is killed. */
  async start(): Promise<void> {
    this.#child = await this.#keeper.spawn(this.#plan.program, { logFile: this.logFile })
    this.#paused = false
    try {
      await this.#serves()
    } catch (error) {
      await this.kill()
      throw error
    }
  }

  #serves(): Promise<void> {
    const { name, address, startTimeoutMs, answers } = this.#plan
    const askOnce = async (): Promise<boolean> => {
      if (this.#alive() === undefined) throw await this.#died()
      return answers()
    }
    return until(`${name} to answer on ${address}`, startTimeoutMs, askOnce, () => logTail(this.logFile))
  }

  async kill(): Promise<void> {
    const child = this.#alive()
    if (child === undefined) return
    child.kill('SIGKILL')
    await exited(child)
  }

  async stop(): Promise<void> {
    const child = this.#alive()
    if (child === undefined) return
    await this.resume()
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, STOP_TIMEOUT_MS)
    child.kill('SIGTERM')
    await exited(child)
    clearTimeout(timer)
    if (late) {
      const tail = await logTail(this.logFile)
      throw new ServicesError(
        `${this.#plan.name} had not stopped ${STOP_TIMEOUT_MS / 1000} s after SIGTERM and was killed. ` +
          `A broker whose quorum is gone can't leave it in order: use kill() for the last ones.\n${tail}`,
      )
    }
  }

  async pause(): Promise<void> {
    const pid = this.#signal('pause', 'SIGSTOP')
    this.#paused = true
    await until(`${this.#plan.name} to stand still`, PAUSE_TIMEOUT_MS, () => standsStill(pid))
  }

  async resume(): Promise<void> {
    this.#signal('resume', 'SIGCONT')
    this.#paused = false
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Answers whom it was sent to. */
  #signal(verb: string, signal: NodeJS.Signals): number {
    const child = this.#alive()
    if (child === undefined)
      throw new ServicesError(`Can't ${verb} ${this.#plan.name}: it is down; restart() it first.`)
    child.kill(signal)
    return child.pid!
  }

  #alive(): ChildProcess | undefined {
    return this.#child === undefined || hasExited(this.#child) ? undefined : this.#child
  }

  async #died(): Promise<ServicesError> {
    const tail = await logTail(this.logFile)
    const message = `${this.#plan.name} ended before it answered on ${this.address}.\n${tail}`
    return /Address already in use|seems to be in use/i.test(tail)
      ? new PortTakenError(message)
      : new ServicesError(message)
  }
}
