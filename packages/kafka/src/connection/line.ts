import { isFaustError, messageOf } from '@faust/core'
import type { Clock, FaustError, Timer } from '@faust/core'
import type { Api } from '../requests/api.ts'
import { apiVersions, checkVersions } from './api-versions.ts'
import type { BrokerAddress } from '../requests/metadata.ts'
import type { Lane, SendOptions } from './connection.ts'
import { addressName, connectionClosed, lostMessage, notKafka, unavailable } from './faults.ts'
import type { Stage } from './faults.ts'
import { Flight } from './flight.ts'
import { Throttle } from './throttle.ts'
import type { ApiHeader, Dial, Wire } from './wire.ts'

/** What all lines of a client have in common. */
export interface LineSettings {
  readonly clock: Clock
  readonly dial: Dial
  /** Every broker has to speak these. */
  readonly apis: readonly ApiHeader[]
  /** Ms until a connection is ready: socket, TLS, ApiVersions and credentials. */
  readonly connectionTimeout: number
  /** Ms for an answer, unless a request says otherwise. */
  readonly requestTimeout: number
}

/** The connection of one lane to one broker, from its opening to its end. It is never opened again. */
export class Line {
  readonly broker: BrokerAddress
  readonly lane: Lane
  readonly #settings: LineSettings
  readonly #onEnd: (line: Line) => void
  readonly #wire: Wire
  readonly #flights = new Set<Flight>()
  readonly #throttle: Throttle
  #opened: Promise<void> | undefined
  #openTimer: Timer | undefined
  #stage: Stage = 'connecting'
  #retired = false
  #ended = false

  /** `onEnd` is called once, when nothing can be sent over it any more. */
  constructor(broker: BrokerAddress, lane: Lane, settings: LineSettings, onEnd: (line: Line) => void) {
    this.broker = broker
    this.lane = lane
    this.#settings = settings
    this.#onEnd = onEnd
    this.#throttle = new Throttle(settings.clock)
    this.#wire = settings.dial(broker, (reason) => this.#lost(reason))
  }

  /** False once it has ended, or its session is about to. */
  get usable(): boolean {
    if (this.#ended || this.#retired) return false
    const authenticated = this.#stage === 'open' || this.#stage === 'silent'
    return !authenticated || this.#wire.fresh()
  }

  /** As `Connection.send`. */
  send<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    { timeout = this.#settings.requestTimeout, signal }: SendOptions,
  ): Promise<Response> {
    // What can't be encoded must harm nobody else's requests.
    const body = api.encode(request)
    const flight = new Flight<Response>(api.name, signal)
    this.#flights.add(flight)
    void this.#fly(flight, api, body, timeout)
    return flight.promise
  }

  /** Takes no more requests, and ends with the last of those it has. */
  retire(): void {
    this.#retired = true
    this.#endIfIdle()
  }

  /** Ends now: everything in flight is rejected, and what still arrives reaches nobody. */
  end(errorFor: (flight: Flight) => FaustError): void {
    if (this.#ended) return
    this.#ended = true
    this.#wire.destroy()
    for (const flight of this.#flights) {
      if (!flight.settled) flight.fail(errorFor(flight))
      flight.land()
    }
    this.#openTimer?.cancel()
    this.#throttle.end()
    this.#onEnd(this)
  }

  async #open(): Promise<void> {
    const { clock, connectionTimeout, apis } = this.#settings
    const tooLong = `not ready after ${connectionTimeout} ms`
    this.#openTimer = clock.setTimeout(() => this.#lost(tooLong), connectionTimeout)
    try {
      await this.#wire.connect()
      this.#stage = 'asking'
      const { versions } = apiVersions.decode(await this.#wire.request(apiVersions, apiVersions.encode(null)))
      checkVersions(this.broker, versions, apis)
      this.#stage = 'authenticating'
      await this.#wire.authenticate(versions)
      this.#stage = 'silent'
    } catch (error) {
      const nonsense = isFaustError(error, 'FAUST_ANSWER_INVALID')
      this.#lost(nonsense ? notKafka(this.broker, 'answers ApiVersions with something else') : error)
    } finally {
      this.#openTimer.cancel()
    }
  }

  async #fly<Request, Response>(
    flight: Flight<Response>,
    api: Api<Request, Response>,
    body: Uint8Array,
    timeout: number,
  ): Promise<void> {
    try {
      await (this.#opened ??= this.#open())
      while (this.#throttle.active && !flight.settled) await this.#throttle.over()
      if (flight.settled || this.#ended) return
      const answer = this.#wire.request(api, body)
      flight.depart(this.#settings.clock.setTimeout(() => this.#timedOut(flight, timeout), timeout))
      const response = api.decode(await answer)
      if (this.#ended) return
      this.#stage = 'open'
      this.#throttle.begin(throttleOf(response))
      if (!flight.settled) flight.succeed(response)
    } catch (error) {
      if (!isFaustError(error)) return this.#lost(error)
      // An answer that can't be read is this request's; what follows it is no longer trusted.
      if (!flight.settled) flight.fail(error)
      this.#lost(`${api.name} got an answer that can't be read: ${messageOf(error)}`)
    } finally {
      flight.land()
      this.#flights.delete(flight)
      this.#endIfIdle()
    }
  }

  #endIfIdle(): void {
    if (this.#retired && this.#flights.size === 0) this.end(connectionClosed)
  }

  #timedOut(flight: Flight, timeout: number): void {
    const failed = `Kafka broker ${addressName(this.broker)} did not answer ${flight.name} within ${timeout} ms`
    this.end((each) => {
      const message =
        each === flight
          ? `${failed}: it is overloaded, or not reachable any more`
          : `${failed}, so ${each.name} on the same connection was given up`
      return unavailable(message, each.departed, this)
    })
  }

  #lost(reason: unknown): void {
    const stage = this.#stage
    this.end((flight) => {
      // A refusal is the same for everybody who waits.
      if (isFaustError(reason)) return reason
      return unavailable(lostMessage(stage, this.broker, reason), flight.departed, this, reason)
    })
  }
}

/** Ms for which the broker reads nothing from this connection after an answer. */
function throttleOf(response: unknown): number {
  const { throttleTime = 0 } = response as { readonly throttleTime?: number }
  return throttleTime
}
