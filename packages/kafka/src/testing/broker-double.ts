import { FaustError } from '@faust/core'
import type { Clock, EmbeddedLog, Timer, TopicPartition } from '@faust/core'
import { apiVersions } from '../connection/api-versions.ts'
import type { ApiHeader } from '../connection/wire.ts'
import { createCodecs } from '../records/compression/create-codecs.ts'
import type { CoordinatorKind } from '../requests/find-coordinator.ts'
import { Coordination } from './coordination.ts'
import { DoubleLink } from './double-link.ts'
import type { Between, LinkParts } from './double-link.ts'
import { DoubleTransport } from './double-transport.ts'
import type { DoubleTransportOptions } from './double-transport.ts'
import type { Fault, Faults } from './fault.ts'
import { Leadership } from './leadership.ts'
import { Nodes } from './nodes.ts'
import { allServices } from './services/all-services.ts'
import { FetchSessions } from './services/fetch-sessions.ts'
import type { AnyService, Caller } from './services/service.ts'

/** How a double is made. Times in ms of its clock. */
export interface BrokerDoubleOptions {
  /** What it keeps records, groups and transactions in. Closed by whoever made it, after the double. */
  readonly log: EmbeddedLog
  /** The log's clock. */
  readonly clock: Clock
  /** How many brokers there are, numbered from 1. Default 3. */
  readonly nodes?: number | undefined
  /** How long bytes take in one direction, asked for each request and answer. Default 1. */
  readonly latency?: (() => number) | undefined
  /** What goes wrong. Default nothing. */
  readonly faults?: Faults | undefined
  /** How long a node may be down before others take over what it led and coordinated. Default 500. */
  readonly failover?: number | undefined
  /** How long a new coordinator answers 14, as it still reads what it has to know. Default 5. */
  readonly loading?: number | undefined
  /** For how many Fetch sessions each node has room. Default 1,000, as in Kafka. */
  readonly sessions?: number | undefined
}

const FAILOVER = 500
const LOADING = 5
const SESSIONS = 1000

/**
 * A Kafka cluster that is none: several brokers answer every request of the data plane, in Kafka's bytes, from an
 * embedded log. Time is that of its clock, chance that of `faults`: on a virtual clock the same run happens again.
 */
export class BrokerDouble {
  /** What goes wrong from now on. */
  faults: Faults | undefined
  readonly #options: BrokerDoubleOptions
  readonly #nodes: Nodes
  readonly #leadership: Leadership
  readonly #coordination: Coordination
  readonly #services: ReadonlyMap<number, AnyService>
  readonly #sessions = new Map<number, FetchSessions>()
  readonly #links = new Set<DoubleLink>()
  readonly #timers = new Set<Timer>()
  #requests = 0

  constructor(options: BrokerDoubleOptions) {
    const { log, clock, nodes = 3, loading = LOADING, faults } = options
    if (!Number.isInteger(nodes) || nodes < 1) {
      throw invalid(`has ${nodes} nodes: give it a whole number of at least 1`)
    }
    this.faults = faults
    this.#options = options
    this.#nodes = new Nodes(nodes)
    this.#leadership = new Leadership(log, this.#nodes)
    this.#coordination = new Coordination(clock, this.#nodes, loading)
    const shared = { log, clock, nodes: this.#nodes, leadership: this.#leadership, coordination: this.#coordination }
    this.#services = allServices(shared, createCodecs(), (node) => this.#sessionsOf(node))
  }

  /** A transport of a client of its own, which no other client's troubles hit. As every transport, for one app. */
  transport(options: DoubleTransportOptions = {}): DoubleTransport {
    return new DoubleTransport(this.link(options.link), options)
  }

  /** A way to the brokers for a client that is no transport. */
  link(between?: Between): DoubleLink {
    const { clock, latency = () => 1 } = this.#options
    const parts: LinkParts = {
      clock,
      latency,
      brokers: this.#nodes.all,
      nodeAt: (address) => this.#nodes.at(address),
      isUp: (node) => this.#nodes.isUp(node),
      takeDown: (node, ms) => {
        this.stop(node)
        this.#later(ms, () => this.start(node))
      },
      fate: (from, node, api, body) => this.#fate(from, node, api, body),
      serve: (api, body, caller) => this.#serve(api, body, caller),
      refuse: (api, body, error) => this.#refuse(api, body, error),
      move: (api, body) => this.#move(api, body),
    }
    const link = new DoubleLink(parts, between)
    this.#links.add(link)
    return link
  }

  /** The numbers of the brokers that are up. */
  get up(): readonly number[] {
    return this.#nodes.up
  }

  /** Who leads a partition; -1 for nobody. */
  leader(place: TopicPartition): number {
    return this.#leadership.of(place)?.node ?? -1
  }

  /** Who coordinates a group or transactional id; -1 for nobody. */
  coordinator(kind: CoordinatorKind, key: string): number {
    return this.#coordination.of(kind, key)
  }

  /** Gives a partition to another leader, by default to any other that is up, in a new epoch. */
  moveLeader(place: TopicPartition, node: number = this.#other(this.leader(place))): void {
    this.#check(node)
    if (this.#leadership.of(place) === undefined) {
      throw invalid(`knows no partition ${place.partition} of topic "${place.topic}": create the topic first`)
    }
    this.#leadership.move(place, node)
  }

  /** Gives a group or transactional id to another coordinator, by default to any other that is up. */
  moveCoordinator(kind: CoordinatorKind, key: string, node: number = this.#other(this.coordinator(kind, key))): void {
    this.#check(node)
    this.#coordination.move(kind, key, node)
  }

  /** Takes a broker down: its connections break, and after `failover` others take over. */
  stop(node: number): void {
    this.#check(node)
    if (!this.#nodes.set(node, false)) return
    this.#sessionsOf(node).clear()
    for (const link of this.#links) link.lose(node, 'the node went down')
    this.#later(this.#options.failover ?? FAILOVER, () => {
      if (this.#nodes.isUp(node)) return
      this.#leadership.failOver(node)
      this.#coordination.failOver(node)
    })
  }

  /** Brings it up again. What others have taken over stays with them. */
  start(node: number): void {
    this.#check(node)
    this.#nodes.set(node, true)
  }

  /** Makes every broker forget its Fetch sessions. */
  dropSessions(): void {
    for (const sessions of this.#sessions.values()) sessions.clear()
  }

  /** Ends all troubles: no faults any more, all brokers up, all links mended. */
  heal(): void {
    this.faults = undefined
    for (const { node } of this.#nodes.all) this.start(node)
    for (const link of this.#links) link.mend()
  }

  /** Breaks every connection for good. Idempotent. */
  close(): void {
    for (const link of this.#links) link.cut()
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }

  #fate(link: DoubleLink, node: number, api: ApiHeader, body: Uint8Array): Fault | undefined {
    if (api.key === apiVersions.key) return undefined
    const index = this.#requests++
    if (this.faults === undefined) return undefined
    const request = this.#service(api).api.decodeRequest(body)
    return this.faults({ index, client: link.client, node, api: api.name, request })
  }

  async #serve(api: ApiHeader, body: Uint8Array, caller: Caller): Promise<Uint8Array> {
    if (api.key === apiVersions.key) return this.#versions()
    const service = this.#service(api)
    return service.api.encodeResponse(await service.serve(service.api.decodeRequest(body), caller))
  }

  #refuse(header: ApiHeader, body: Uint8Array, error: number): Uint8Array {
    const { api, refuse } = this.#service(header)
    return api.encodeResponse(refuse(api.decodeRequest(body), error))
  }

  #move(header: ApiHeader, body: Uint8Array): void {
    const { api, concerns } = this.#service(header)
    const concern = concerns?.(api.decodeRequest(body))
    if (concern === undefined || this.#nodes.up.length === 0) return
    if ('kind' in concern) this.moveCoordinator(concern.kind, concern.key)
    else if (this.#leadership.of(concern) !== undefined) this.moveLeader(concern)
  }

  /** Each API in the one version that is spoken. */
  #versions(): Uint8Array {
    const spoken = Array.from(this.#services.values(), ({ api: { key, version } }) => {
      return [key, { min: version, max: version }] as const
    })
    return apiVersions.encodeResponse({ error: 0, versions: new Map(spoken) })
  }

  #service({ key, name, version }: ApiHeader): AnyService {
    const found = this.#services.get(key)
    if (found?.api.version === version) return found
    throw new FaustError('FAUST_NOT_SUPPORTED', `The broker double does not speak ${name} ${version}`)
  }

  #sessionsOf(node: number): FetchSessions {
    const known = this.#sessions.get(node)
    if (known !== undefined) return known
    const made = new FetchSessions(this.#options.sessions ?? SESSIONS)
    this.#sessions.set(node, made)
    return made
  }

  #check(node: number): void {
    if (this.#nodes.address(node) !== undefined) return
    throw invalid(`has no node ${node}: its ${this.#nodes.all.length} are numbered from 1`)
  }

  /** A node that is up and is not `node`, the next in turn; `node` where there is none. */
  #other(node: number): number {
    const { up } = this.#nodes
    return up.find((each) => each > node) ?? up[0] ?? node
  }

  #later(ms: number, run: () => void): void {
    const timer = this.#options.clock.setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
  }
}

function invalid(says: string): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `A broker double ${says}`)
}

/** Makes a double. It does no work and has no timer before somebody asks it something. */
export function brokerDouble(options: BrokerDoubleOptions): BrokerDouble {
  return new BrokerDouble(options)
}
