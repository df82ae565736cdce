import { isFaustError } from '@faust/core'
import type { Clock } from '@faust/core'
import { deferred } from '../connection/wait.ts'
import type { ApiHeader, Wire } from '../connection/wire.ts'
import type { Fault } from './fault.ts'
import type { Caller } from './services/service.ts'

/** What a wire needs of the double and of its client. */
export interface WireEnds {
  readonly clock: Clock
  readonly node: number
  readonly clientId: string
  /** Whether the client reaches the node now. */
  readonly reaches: () => boolean
  /** Ms that bytes take in one direction now. */
  readonly latency: () => number
  /** What goes wrong with a request, asked once when it is sent. */
  readonly fate: (api: ApiHeader, body: Uint8Array) => Fault | undefined
  /** Carries a request out. */
  readonly serve: (api: ApiHeader, body: Uint8Array, caller: Caller) => Promise<Uint8Array>
  /** The answer that refuses a request. */
  readonly refuse: (api: ApiHeader, body: Uint8Array, error: number) => Uint8Array
  /** Gives what the request is for to another node. */
  readonly move: (api: ApiHeader, body: Uint8Array) => void
  /** Takes the node down for so many ms. */
  readonly takeDown: (ms: number) => void
  /** Makes a call of the client; one that it rejects was lost on the way, whether or not it is still made. */
  readonly through: <T>(operation: string, call: () => Promise<T>) => Promise<T>
  readonly onLost: (reason: unknown) => void
  /** Called once, when nothing moves over it any more. */
  readonly onEnd: (wire: DoubleWire) => void
}

/** A request on its way. */
interface Trip {
  readonly api: ApiHeader
  readonly body: Uint8Array
  readonly fault: Fault | undefined
  readonly resolve: (answer: Uint8Array) => void
}

/** A socket between a client and a node of the double: bytes in both directions, in order, one request after the other. */
export class DoubleWire implements Wire {
  readonly node: number
  readonly #ends: WireEnds
  readonly #over = new AbortController()
  readonly #waiting = new Set<(error: Error) => void>()
  /** The requests before, which a broker answers first. */
  #before: Promise<unknown> = Promise.resolve()
  /** Those that have left: bytes do not overtake each other. */
  #departed: Promise<unknown> = Promise.resolve()
  /** Nothing that is still under way arrives. */
  #broken = false

  constructor(ends: WireEnds) {
    this.#ends = ends
    this.node = ends.node
  }

  connect(): Promise<void> {
    return this.#call('Connect', async () => {
      await this.#travel()
      if (!this.#ends.reaches()) return this.lose('the connection was refused')
      return this.#travel()
    })
  }

  authenticate(): Promise<void> {
    return Promise.resolve()
  }

  fresh(): boolean {
    return true
  }

  request(api: ApiHeader, bytes: Uint8Array): Promise<Uint8Array> {
    const fault = this.#ends.fate(api, bytes)
    // The sender may use its buffer again.
    const body = bytes.slice()
    const earlier = this.#departed
    const left = deferred()
    this.#departed = left.promise
    const answer = this.#call(api.name, async () => {
      await earlier
      left.resolve()
      return new Promise<Uint8Array>((resolve) => {
        const arrival = this.#travel(fault?.kind === 'slow' ? fault.by : 0)
        this.#before = Promise.all([this.#before, arrival]).then(() => this.#arrive({ api, body, fault, resolve }))
      })
    })
    // One that was lost before it left holds up nobody.
    answer.catch(() => left.resolve())
    return answer
  }

  destroy(): void {
    // What has left arrives all the same; only its answer finds nobody.
    this.#end(new Error('the connection was given up'))
  }

  /** Breaks it, as the network or the node's end does. */
  lose(reason: string): void {
    this.#broken = true
    this.#tell(new Error(reason))
  }

  /** Gives what a call of the client gives, or rejects when the wire ends. */
  #call<T>(operation: string, call: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      this.#ends.through(operation, call).then(
        (result) => {
          this.#waiting.delete(reject)
          resolve(result)
        },
        // It may still be under way, and then it arrives.
        (error: Error) => this.#tell(error),
      )
    })
  }

  #tell(error: Error): void {
    if (this.#over.signal.aborted) return
    this.#end(error)
    this.#ends.onLost(error.message)
  }

  #end(error: Error): void {
    if (this.#over.signal.aborted) return
    this.#over.abort()
    for (const reject of this.#waiting) reject(error)
    this.#waiting.clear()
    this.#ends.onEnd(this)
  }

  async #arrive(trip: Trip): Promise<void> {
    const { api, body, fault } = trip
    const { reaches, move, takeDown, clock } = this.#ends
    if (this.#broken) return
    if (!reaches()) return this.lose('the node went down')
    if (fault?.kind === 'silence') return new Promise(() => {})
    if (fault?.kind === 'request-lost' || (fault?.kind === 'cut' && fault.at < body.length)) {
      return this.lose('the connection broke')
    }
    if (fault?.kind === 'stray') {
      clock.setTimeout(() => void (reaches() && this.#serve(trip)), fault.after)
      return this.lose('the connection broke')
    }
    if (fault?.kind === 'down') return takeDown(fault.for)
    if (fault?.kind === 'moved') move(api, body)
    const answer = await this.#serve(trip)
    if (answer !== undefined) await this.#return(trip, answer)
  }

  /** Undefined when the log is closed: then no node is there any more. */
  async #serve({ api, body, fault }: Trip): Promise<Uint8Array | undefined> {
    const { node, clientId, serve, refuse } = this.#ends
    if (fault?.kind === 'refused') return refuse(api, body, fault.error)
    try {
      const answer = await serve(api, body, { node, clientId, signal: this.#over.signal })
      return fault?.kind === 'denied' ? refuse(api, body, fault.error) : answer
    } catch (error) {
      if (!isFaustError(error, 'FAUST_CLOSED')) throw error
      this.lose('the log is closed')
      return undefined
    }
  }

  async #return(trip: Trip, answer: Uint8Array): Promise<void> {
    const { body, fault, resolve } = trip
    await this.#travel(fault?.kind === 'late' ? fault.by : 0)
    const cut = fault?.kind === 'cut' && fault.at < body.length + answer.length
    if (cut || fault?.kind === 'answer-lost') return this.lose('the connection broke')
    if (this.#over.signal.aborted) return
    resolve(answer)
    if (fault?.kind !== 'cut') return
    await this.#travel()
    this.lose('the connection broke')
  }

  #travel(extra = 0): Promise<void> {
    const { clock, latency } = this.#ends
    return new Promise((resolve) => void clock.setTimeout(resolve, latency() + extra))
  }
}
