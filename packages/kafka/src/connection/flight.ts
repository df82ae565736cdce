import type { FaustError, Timer } from '@faust/core'
import { abortedBy, deferred, whenAborted } from './wait.ts'
import type { Deferred } from './wait.ts'

/** A request from `send` to its answer. */
export class Flight<Response = unknown> {
  /** The API, for messages. */
  readonly name: string
  readonly #outcome: Deferred<Response> = deferred()
  #ignoreSignal: () => void = () => {}
  #timer: Timer | undefined
  #departed = false
  #settled = false

  constructor(name: string, signal?: AbortSignal) {
    this.name = name
    this.#ignoreSignal = whenAborted(signal, () => this.fail(abortedBy(signal as AbortSignal, `Waiting for ${name}`)))
  }

  get promise(): Promise<Response> {
    return this.#outcome.promise
  }

  /** Whether it was written to the socket, so that the broker may act on it. */
  get departed(): boolean {
    return this.#departed
  }

  /** Whether its sender knows how it went; an answer may still be on its way when a signal was the reason. */
  get settled(): boolean {
    return this.#settled
  }

  /** It is written now. `timer` is kept until `land`, also after an abort: a broker that is silent is found out. */
  depart(timer: Timer): void {
    this.#departed = true
    this.#timer = timer
  }

  succeed(response: Response): void {
    this.#settle()
    this.#outcome.resolve(response)
  }

  fail(error: FaustError): void {
    this.#settle()
    this.#outcome.reject(error)
  }

  /** Nothing more will come of it. */
  land(): void {
    this.#timer?.cancel()
  }

  #settle(): void {
    this.#settled = true
    this.#ignoreSignal()
  }
}
