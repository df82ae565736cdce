import { FaustError } from '@faust/core'
import type { Api } from '../requests/api.ts'
import type { BrokerAddress } from '../requests/metadata.ts'
import type { Connection, Lane, SendOptions } from './connection.ts'
import { connectionClosed, unavailable, unknownBroker } from './faults.ts'
import { Line } from './line.ts'
import type { LineSettings } from './line.ts'

export interface ConnectionSettings extends LineSettings {
  /** `host` and `port` of the brokers to begin with. */
  readonly brokers: readonly Pick<BrokerAddress, 'host' | 'port'>[]
}

/**
 * `Connection` over whatever can dial: one line per broker and lane. A line that has ended is forgotten at once, so the
 * next request makes a fresh one and those that come with it share that.
 */
export class Connections implements Connection {
  readonly bootstrap: readonly BrokerAddress[]
  readonly #settings: LineSettings
  /** By broker and lane, the ones that take requests. */
  readonly #lines = new Map<string, Line>()
  /** Those, and the ones that wait for their last answers. */
  readonly #open = new Set<Line>()
  #brokers: ReadonlyMap<number, BrokerAddress>
  #closed = false

  constructor(settings: ConnectionSettings) {
    this.#settings = settings
    this.bootstrap = settings.brokers.map(({ host, port }, index) => ({ node: -1 - index, host, port, rack: null }))
    this.#brokers = byNode(this.bootstrap)
  }

  setBrokers(brokers: readonly BrokerAddress[]): void {
    this.#brokers = byNode([...this.bootstrap, ...brokers])
    for (const line of this.#lines.values()) {
      const { node, host, port } = line.broker
      const now = this.#brokers.get(node)
      // The addresses of the settings have done their work; what is in flight on such a line may end.
      if (node < 0 || now?.host !== host || now.port !== port) line.retire()
    }
  }

  send<Request, Response>(
    node: number,
    lane: Lane,
    api: Api<Request, Response>,
    request: Request,
    options: SendOptions = {},
  ): Promise<Response> {
    if (this.#closed) return Promise.reject(connectionClosed())
    const { signal } = options
    if (signal?.aborted === true) {
      const message = `${api.name} was not sent: its signal had fired`
      return Promise.reject(new FaustError('FAUST_ABORTED', message, { cause: signal.reason }))
    }
    const broker = this.#brokers.get(node)
    if (broker === undefined) return Promise.reject(unknownBroker(node, this.#brokers.values()))
    try {
      return this.#line(broker, lane).send(api, request, options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  closeLane(lane: Lane): void {
    for (const line of this.#open) {
      if (line.lane !== lane) continue
      line.end((flight) =>
        unavailable(`${flight.name} was given up: its lane "${lane}" was closed`, flight.departed, line),
      )
    }
  }

  close(): Promise<void> {
    this.#closed = true
    for (const line of this.#open) line.end(connectionClosed)
    return Promise.resolve()
  }

  #line(broker: BrokerAddress, lane: Lane): Line {
    const key = `${broker.node} ${lane}`
    const known = this.#lines.get(key)
    if (known?.usable === true) return known
    known?.retire()
    const line = new Line(broker, lane, this.#settings, (ended) => {
      this.#open.delete(ended)
      if (this.#lines.get(key) === ended) this.#lines.delete(key)
    })
    this.#open.add(line)
    this.#lines.set(key, line)
    return line
  }
}

function byNode(brokers: readonly BrokerAddress[]): ReadonlyMap<number, BrokerAddress> {
  return new Map(brokers.map((broker) => [broker.node, broker]))
}
