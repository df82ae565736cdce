import { FaustError, isFaustError } from '@faust/core'
import type { OutgoingRecord, ProduceResult, Timer } from '@faust/core'
import { unknownFate } from '../faults.ts'
import type { ProducerIdentity } from '../identity.ts'
import type { ProducerCluster } from '../producer-cluster.ts'
import { Lane } from '../queue/lane.ts'
import type { Flight } from '../queue/lane.ts'
import type { Sends } from '../queue/sends.ts'
import type { Gate } from '../transaction/gate.ts'
import { Leaders } from './leaders.ts'
import type { Outcomes } from './outcomes.ts'
import { packBatch } from './pack-batch.ts'
import type { Packing } from './pack-batch.ts'
import type { ProduceRequests } from './produce-requests.ts'

/** What `Dispatcher` needs of its producer. */
export interface DispatcherOptions {
  readonly cluster: ProducerCluster
  readonly sends: Sends
  readonly outcomes: Outcomes
  readonly packing: Packing
  readonly requests: ProduceRequests
  /** Ms that records wait for others. */
  readonly linger: number
  /** The open transaction; null outside of one. */
  readonly gate: () => Gate | null
  /** None of what had to join the transaction could. */
  readonly onJoinFailed: (error: FaustError) => void
  /** Something of ours went wrong: nothing more is sent. */
  readonly onBroken: (error: FaustError) => void
}

/** Ms after which packing and compressing batches lets others have their turn. */
const SLICE = 10

/** Brings waiting records on their way: one batch a partition, one request a leader, whatever is due. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #leaders: Leaders
  readonly #topics = new Map<string, Map<number, Lane>>()
  /** Lanes with something to do, those that were served last at the end. */
  readonly #active = new Set<Lane>()
  #identity: ProducerIdentity | null = null
  #awake = false
  /** Which lanes become part of which transaction at this moment. */
  #joining: { readonly gate: Gate; readonly lanes: ReadonlySet<Lane> } | null = null
  #timer: Timer | null = null

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#leaders = new Leaders(options.cluster, () => this.wake())
  }

  send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<ProduceResult> {
    const lane = this.#lane(topic, partition)
    const result = this.#options.sends.open(lane, records)
    if (this.#options.linger > 0) lane.weigh(records)
    this.#active.add(lane)
    this.wake()
    return result
  }

  /** From now on batches are made under `identity`. */
  adopt(identity: ProducerIdentity): void {
    this.#identity = identity
    this.wake()
  }

  /** Sends nothing more. What is in a request is answered still, the rest is rejected. */
  halt(fault: FaustError): void {
    this.#identity = null
    this.#joining = null
    const { outcomes } = this.#options
    for (const lane of this.#active) {
      const { flight } = lane
      if (flight !== null && !flight.travelling) outcomes.drop(flight, fault)
      outcomes.dropWaiting(lane, fault)
    }
  }

  /** Gives up what is in requests, too: nothing of this identity may count any more. `why` continues "as …". */
  abandon(why: string): void {
    for (const lane of this.#active) {
      const { flight } = lane
      if (flight === null) continue
      flight.abandoned = true
      this.#options.outcomes.drop(flight, unknownFate(lane, why))
    }
  }

  close(): void {
    this.#timer?.cancel()
    this.#leaders.close()
  }

  /** Looks for work in the next microtask, so that calls made together travel together. */
  wake(): void {
    if (this.#awake) return
    this.#awake = true
    void Promise.resolve().then(() => {
      this.#awake = false
      this.#guard(() => this.#dispatch())
    })
  }

  /** A fault of ours must not leave senders waiting for ever. */
  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      const message = 'The producer failed inside: initialise it again, and report what the cause says'
      this.#options.onBroken(new FaustError('FAUST_DELIVERY_UNKNOWN', message, { cause: error }))
    }
  }

  #dispatch(): void {
    const { cluster, requests } = this.#options
    const gate = this.#options.gate()
    const newcomers: Lane[] = []
    const served: Lane[] = []
    const now = cluster.clock.monotonic()
    let next = Infinity
    for (const lane of this.#active) {
      if (this.#identity === null) break
      const place = this.#place(lane, now)
      if (place === null) continue
      if (place.node === null) {
        next = Math.min(next, place.at)
      } else if (gate !== null && !gate.holds(lane)) {
        newcomers.push(lane)
      } else if (requests.isFree(place.node)) {
        const flight = (lane.flight ??= packBatch(lane, this.#identity, this.#options.packing))
        if (flight !== null && requests.add(place.node, flight)) served.push(lane)
        if (cluster.clock.monotonic() - now < SLICE) continue
        cluster.clock.setImmediate(() => this.wake())
        break
      }
    }
    for (const lane of served) {
      this.#active.delete(lane)
      this.#active.add(lane)
    }
    for (const { node, flights } of requests.take()) void this.#fly(node, flights)
    if (gate !== null && newcomers.length > 0 && this.#joining === null) void this.#join(gate, newcomers)
    this.#wakeAt(next)
  }

  /** To which node a lane can send now, or when to look again; null when something else will wake us. */
  #place(lane: Lane, now: number): { readonly node: number } | { readonly node: null; readonly at: number } | null {
    const { outcomes, linger } = this.#options
    if (lane.flight?.travelling === true || this.#joining?.lanes.has(lane) === true) return null
    while (!lane.isIdle && this.#identity !== null && now >= outcomes.deadline(lane)) outcomes.expired(lane)
    if (lane.isIdle) {
      this.#active.delete(lane)
      return null
    }
    const deadline = outcomes.deadline(lane)
    const due = lane.flight?.dueAt ?? (linger > 0 ? this.#departure(lane) : now)
    if (due > now) return { node: null, at: Math.min(due, deadline) }
    const where = this.#leaders.of(lane)
    if ('node' in where) return where
    if ('lookAt' in where) return { node: null, at: Math.min(where.lookAt, deadline) }
    outcomes.refuse(lane, where.fault)
    return null
  }

  /** When a lane that waits for more records is to be sent. */
  #departure(lane: Lane): number {
    const { sends, linger, packing } = this.#options
    if (sends.isFlushing || lane.portions.length > 0 || lane.waitingBytes >= packing.batchSize) return 0
    return (lane.head?.since ?? 0) + linger
  }

  async #fly(node: number, flights: readonly Flight[]): Promise<void> {
    const { requests, outcomes } = this.#options
    const deadline = Math.max(...flights.map((flight) => outcomes.deadline(flight)))
    const { answers, error } = await requests.send(node, flights, deadline)
    this.#guard(() => {
      for (const flight of flights) {
        flight.travelling = false
        if (flight.abandoned) continue
        const isOver = flight.identity !== this.#identity
        const answer = answers.get(flight)
        if (answer === undefined) outcomes.lost(flight, error, isOver)
        else outcomes.answered(flight, answer, isOver)
      }
    })
    this.wake()
  }

  async #join(gate: Gate, lanes: readonly Lane[]): Promise<void> {
    const { outcomes, onJoinFailed } = this.#options
    const joining = { gate, lanes: new Set(lanes) }
    this.#joining = joining
    const refused = await gate.join(lanes).catch((error: unknown) => error as FaustError)
    // What happened meanwhile to the producer has settled these lanes: what waits in them now is something else.
    if (this.#joining !== joining) return
    this.#joining = null
    if (isFaustError(refused)) {
      for (const lane of lanes) outcomes.refuse(lane, refused)
      onJoinFailed(refused)
    } else {
      for (const [lane, fault] of refused) outcomes.refuse(lane, fault)
    }
    this.wake()
  }

  #wakeAt(moment: number): void {
    const { clock } = this.#options.cluster
    this.#timer?.cancel()
    this.#timer = null
    if (moment === Infinity) return
    this.#timer = clock.setTimeout(() => this.wake(), Math.max(0, moment - clock.monotonic()))
  }

  #lane(topic: string, partition: number): Lane {
    let lanes = this.#topics.get(topic)
    if (lanes === undefined) this.#topics.set(topic, (lanes = new Map()))
    let lane = lanes.get(partition)
    if (lane === undefined) lanes.set(partition, (lane = new Lane(topic, partition)))
    return lane
  }
}
