import {
  type App,
  type Broker,
  type Clock,
  isFaustError,
  type Logger,
  messageOf,
  type Store,
  type Transport,
} from '@faust/core'
import { silentLogger } from '../kit/silent-logger.ts'
import { Disk, diskStore } from './disk.ts'
import type { Fault } from './faults.ts'
import { Life, lifeClock } from './life.ts'
import type { Trace } from './trace.ts'
import { type Fate, wire, type WireState } from './wire.ts'

/** Makes the transport of one life of a worker; whatever it asks the log goes through `link`. */
export type MakeTransport = (parts: { readonly clock: Clock; readonly link: (log: Broker) => Broker }) => Transport

/** What a simulated worker lives in. */
export interface WorkerSurroundings {
  readonly clock: Clock
  readonly trace: Trace
  /** A new program for every life. */
  readonly program: (clock: Clock) => App
  readonly transport: MakeTransport
  /** Most ms that a request is under way when nothing makes it slow. */
  readonly latency: number
  /** Most ms that a write of its disk takes. */
  readonly diskLatency: number
  /** False: its disk and its name are gone with its process. */
  readonly kept: boolean
  /** The whole log is out of reach. */
  readonly outage: () => boolean
  /** Called when a worker keeps ending by itself. */
  readonly failed: (error: unknown) => void
  /** What somebody who watches over processes does when one has ended. */
  readonly ended: (worker: SimulatedWorker, back: number) => void
}

/** How often a worker may end by itself in a run. */
const FAILURES = 20
/** Ms after which a worker that ended by itself is started again. */
const RESTART = 500

/** One worker of the app through all its lives: a name, a disk, and a process that comes and goes. */
export class SimulatedWorker {
  readonly name: string
  readonly disk: Disk = new Disk()
  readonly #world: WorkerSurroundings
  #life = new Life()
  #app: App | undefined
  #steps = 0
  #lives = 0
  #hasLeft = false
  #failures = 0
  #cutUntil = 0
  #slowUntil = 0
  #slowness = 0
  #skew = 0
  /** Faults that wait for a step of this worker, by its number. */
  readonly #planned = new Map<number, Fault[]>()
  /** Those of the answer that is waited for. */
  #onAnswer: Fault[] = []

  constructor(name: string, world: WorkerSurroundings) {
    this.name = name
    this.#world = world
  }

  /** The running program, while there is one. */
  get app(): App | undefined {
    return this.#app
  }

  get paused(): boolean {
    return this.#life.paused
  }

  /** Requests and writes so far. */
  get steps(): number {
    return this.#steps
  }

  /** It was a guest, and does not come back. */
  get hasLeft(): boolean {
    return this.#hasLeft
  }

  /** How often its process was started. */
  get lives(): number {
    return this.#lives
  }

  plan(step: number, fault: Fault): void {
    this.#planned.set(step, [...(this.#planned.get(step) ?? []), fault])
  }

  /** Forgets what was planned: the time of faults is over. */
  calm(): void {
    this.#planned.clear()
    this.#onAnswer = []
    this.#cutUntil = this.#slowUntil = 0
    this.resume()
  }

  /** Begins a life. */
  start(): void {
    const { clock, kept, program, trace, transport } = this.#world
    const life = new Life()
    this.#life = life
    this.#lives++
    this.#skew = 0
    if (!kept) this.disk.shards.clear()
    const own = lifeClock(clock, life, () => this.#skew)
    const app = program(own)
    const identity = kept ? this.name : undefined
    const store = diskStore({ disk: this.disk, life, identity, step: (what) => this.#diskStep(life, what) })
    const link = wire(clock, life, this.#wireState())
    app.configure({
      clock: own,
      logger: this.#logger(),
      sensors: [],
      store,
      transport: durable(transport({ clock: own, link }), store),
    })
    this.#app = app
    trace.note(`${this.name} starts`)
    const failed = (error: unknown): void => {
      if (!life.alive) return
      trace.note(`${this.name} ended by itself: ${isFaustError(error) ? error.code : ''} ${messageOf(error)}`)
      // Faults may end a process a few times; one that always ends by itself is ended by its program.
      if (++this.#failures > FAILURES) this.#world.failed(error)
      this.kill(RESTART)
    }
    app.done.catch(failed)
    app.start().catch(failed)
  }

  /** `kill -9`; whoever watches starts it again after `back` ms. */
  kill(back: number): void {
    if (!this.#life.alive || this.#app === undefined) return
    this.#world.trace.note(`${this.name} is dead`)
    this.#life.kill()
    this.#app = undefined
    this.#hasLeft = back === Infinity
    this.#world.ended(this, back)
  }

  /** A stop in order, which may take its time; afterwards as `kill`. */
  async stop(back: number): Promise<void> {
    const app = this.#app
    const life = this.#life
    if (app === undefined) return
    this.#world.trace.note(`${this.name} is asked to stop`)
    await app
      .stop()
      .catch((error: unknown) => this.#world.trace.note(`${this.name} stopped badly: ${messageOf(error)}`))
    if (this.#life === life) this.kill(back)
  }

  /** The run is over. */
  discard(): void {
    this.#life.kill()
    this.#app = undefined
  }

  pause(lasts: number): void {
    if (this.#app === undefined || this.#life.paused) return
    const life = this.#life
    this.#world.trace.note(`${this.name} is paused for ${lasts} ms`)
    life.pause()
    this.#world.clock.setTimeout(() => {
      if (!life.paused) return
      this.#world.trace.note(`${this.name} goes on`)
      life.resume()
    }, lasts)
  }

  resume(): void {
    this.#life.resume()
  }

  disconnect(lasts: number): void {
    this.#cutUntil = this.#world.clock.monotonic() + lasts
  }

  slow(lasts: number, latency: number): void {
    this.#slowUntil = this.#world.clock.monotonic() + lasts
    this.#slowness = latency
  }

  /** Its wall clock jumps. */
  jump(by: number): void {
    this.#skew += by
  }

  #wireState(): WireState {
    const { clock, latency, outage, trace } = this.#world
    return {
      cut: () => outage() || clock.monotonic() < this.#cutUntil,
      latency: () => (clock.monotonic() < this.#slowUntil ? this.#slowness : latency),
      before: (operation) => {
        const due = this.#step()
        let fate: Fate | undefined
        for (const fault of due) {
          trace.note(`${this.name} step ${this.#steps}, ${operation}: ${fault.kind}`)
          if ('after' in fault && fault.after) this.#onAnswer.push(fault)
          else if (fault.kind === 'lost request' || fault.kind === 'lost answer') fate = { kind: fault.kind }
          else if (fault.kind === 'late request' || fault.kind === 'late answer')
            fate = { kind: fault.kind, late: fault.late }
          else this.#strike(fault)
        }
        return fate
      },
      answered: () => {
        for (const fault of this.#onAnswer.splice(0)) this.#strike(fault)
      },
    }
  }

  /** What hits a process between two of its instructions. */
  #strike(fault: Fault): void {
    if (fault.kind === 'crash') this.kill(fault.back)
    if (fault.kind === 'pause') this.pause(fault.lasts)
  }

  #diskStep(life: Life, what: string): Promise<void> | undefined {
    const { clock, diskLatency, trace } = this.#world
    for (const fault of this.#step()) {
      trace.note(`${this.name} step ${this.#steps}, ${what}: ${fault.kind}`)
      this.#strike(fault)
    }
    if (!life.alive) return new Promise(() => {})
    if (life.paused) return life.entered(() => {})
    if (diskLatency === 0) return undefined
    return new Promise((resolve) => void clock.setTimeout(resolve, clock.random() * diskLatency))
  }

  #step(): readonly Fault[] {
    const step = ++this.#steps
    const due = this.#planned.get(step) ?? []
    this.#planned.delete(step)
    return due
  }

  #logger(): Logger {
    const note = (facts: unknown, message?: string): void =>
      this.#world.trace.note(`${this.name} logs: ${message ?? (typeof facts === 'string' ? facts : '')}`)
    const logger: Logger = { ...silentLogger(), warn: note, error: note, fatal: note, child: () => logger }
    return logger
  }
}

/** A log that lives as long as the simulation outlives every process in it. */
function durable(transport: Transport, store: Store): Transport {
  if (!store.supports.persistent) return transport
  const supports = { ...transport.supports, durable: true }
  return new Proxy(transport, {
    get(target, name) {
      if (name === 'supports') return supports
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? (member.bind(target) as unknown) : member
    },
  })
}
