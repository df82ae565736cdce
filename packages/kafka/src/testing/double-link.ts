import type { Broker, Clock } from '@faust/core'
import { ADMIN_APIS } from '../cluster/admin/admin-apis.ts'
import { apiVersions } from '../connection/api-versions.ts'
import { Connections } from '../connection/connections.ts'
import type { Connection } from '../connection/connection.ts'
import type { BrokerAddress } from '../requests/metadata.ts'
import { APIS } from '../requests/apis.ts'
import type { ApiHeader, Wire } from '../connection/wire.ts'
import { DoubleWire } from './double-wire.ts'
import type { WireEnds } from './double-wire.ts'
import type { Fault } from './fault.ts'

/** Of the double, what a link is made from. */
export interface LinkParts extends Pick<WireEnds, 'serve' | 'refuse' | 'move' | 'latency'> {
  readonly clock: Clock
  readonly brokers: readonly BrokerAddress[]
  readonly nodeAt: (address: BrokerAddress) => number | undefined
  readonly isUp: (node: number) => boolean
  readonly takeDown: (node: number, ms: number) => void
  /** What goes wrong with a request that no script of the link is for. */
  readonly fate: (link: DoubleLink, node: number, api: ApiHeader, body: Uint8Array) => Fault | undefined
}

/** How a client of a link waits. Times in ms. */
export interface LinkSettings {
  readonly clock: Clock
  /** Default 10,000. */
  readonly connectionTimeout?: number | undefined
  /** Default 30,000. */
  readonly requestTimeout?: number | undefined
}

/**
 * Stands between a client and the brokers, as between an embedded transport and its log: what it answers late, or not at
 * all by rejecting with `FAUST_TRANSPORT_UNAVAILABLE`, was lost on the way. Its operations are `Connect` and Kafka's APIs.
 */
export type Between = (log: Broker) => Broker

type Call = () => Promise<unknown>

const CONNECTION_TIMEOUT = 10_000
const REQUEST_TIMEOUT = 30_000

/** One client's way to the nodes of a double, with troubles that hit no other client. */
export class DoubleLink {
  /** The client's name; a transport takes its app's at the start. */
  client = 'client'
  readonly #parts: LinkParts
  readonly #wires = new Set<DoubleWire>()
  readonly #scripts = new Map<string, (Fault | undefined)[]>()
  readonly #between: Readonly<Record<string, (call: Call) => Promise<unknown>>> | undefined
  #isCut = false

  constructor(parts: LinkParts, between?: Between) {
    this.#parts = parts
    if (between === undefined) return
    const operations = ['Connect', apiVersions.name, ...[...APIS, ...ADMIN_APIS].map(({ name }) => name)]
    const made = Object.fromEntries(operations.map((name) => [name, (call: Call) => call()]))
    // It passes on calls without knowing them: these are not the log's.
    this.#between = between(made as unknown as Broker) as unknown as typeof made
  }

  /** Connections over this link, as a Kafka transport has them. They are closed by whoever asked. */
  connection({ clock, connectionTimeout, requestTimeout }: LinkSettings): Connection {
    return new Connections({
      clock,
      brokers: this.#parts.brokers,
      connectionTimeout: connectionTimeout ?? CONNECTION_TIMEOUT,
      requestTimeout: requestTimeout ?? REQUEST_TIMEOUT,
      apis: [...APIS, ...ADMIN_APIS],
      dial: (address, onLost) => this.#dial(address, onLost),
    })
  }

  /** Gives the next requests of an API their fates, in order; `undefined` is none. They count before the double's own faults. */
  next(api: string, ...faults: readonly (Fault | undefined)[]): void {
    this.#scripts.set(api, [...(this.#scripts.get(api) ?? []), ...faults])
  }

  /** Breaks every connection. The client may connect again at once. */
  disconnect(): void {
    for (const wire of this.#wires) wire.lose('the connection broke')
  }

  /** From now on the client reaches no node. */
  cut(): void {
    this.#isCut = true
    this.disconnect()
  }

  /** Ends that. */
  mend(): void {
    this.#isCut = false
  }

  /** Breaks the connections to one node. */
  lose(node: number, reason: string): void {
    for (const wire of this.#wires) if (wire.node === node) wire.lose(reason)
  }

  #dial(address: BrokerAddress, onLost: (reason: unknown) => void): Wire {
    const { nodeAt, isUp, fate, takeDown, ...parts } = this.#parts
    const node = nodeAt(address) ?? -1
    const wire = new DoubleWire({
      ...parts,
      node,
      clientId: this.client,
      reaches: () => !this.#isCut && isUp(node),
      fate: (api, body) => this.#scripted(api.name, () => fate(this, node, api, body)),
      takeDown: (ms) => takeDown(node, ms),
      through: (operation, call) => this.#through(operation, call),
      onLost,
      onEnd: (ended) => this.#wires.delete(ended),
    })
    this.#wires.add(wire)
    return wire
  }

  #through<T>(operation: string, call: () => Promise<T>): Promise<T> {
    return (this.#between?.[operation]?.(call) ?? call()) as Promise<T>
  }

  #scripted(api: string, otherwise: () => Fault | undefined): Fault | undefined {
    const script = this.#scripts.get(api)
    return script === undefined || script.length === 0 ? otherwise() : script.shift()
  }
}
