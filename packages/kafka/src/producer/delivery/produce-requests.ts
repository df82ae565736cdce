import { FaustError, partitionKey } from '@faust/core'
import { produceApi } from '../../requests/produce.ts'
import type { ProducedPartition } from '../../requests/produce.ts'
import type { ProducerCluster } from '../producer-cluster.ts'
import type { Flight } from '../queue/lane.ts'

/** What `ProduceRequests` needs of its producer. */
export interface ProduceRequestOptions {
  readonly cluster: ProducerCluster
  readonly transactionalId: string | undefined
  /** Bytes of the batches of one request; a batch larger than that goes alone. */
  readonly requestSize: number
  /** Ms for one answer, at most. */
  readonly requestTimeout: number
}

/** What came of a request: an answer for each batch, or why there is none. */
export interface Answers {
  readonly answers: ReadonlyMap<Flight, ProducedPartition>
  readonly error: unknown
}

interface Load {
  readonly flights: Flight[]
  bytes: number
}

/** All replicas in sync: idempotence demands it. */
const ALL = -1
/** Part of the time for an answer that the broker may wait for replicas: so that its 7 comes before we give up the connection. */
const FOR_REPLICAS = 0.8
/** Ms that an answer is waited for at least: a time-out costs the whole connection. */
const LEAST = 500

/**
 * The Produce requests of a producer, one at a time for a leader: a broker takes up the next one of a connection only when it
 * has answered the one before, and what waits meanwhile grows into larger batches.
 */
export class ProduceRequests {
  readonly #options: ProduceRequestOptions
  readonly #busy = new Set<number>()
  #loads = new Map<number, Load>()

  constructor(options: ProduceRequestOptions) {
    this.#options = options
  }

  /** Whether a request can be sent to that broker now. */
  isFree(node: number): boolean {
    return !this.#busy.has(node)
  }

  /** Puts a batch into the next request; false when that one is full. */
  add(node: number, flight: Flight): boolean {
    let load = this.#loads.get(node)
    if (load === undefined) this.#loads.set(node, (load = { flights: [], bytes: 0 }))
    const bytes = load.bytes + flight.bytes.length
    if (load.flights.length > 0 && bytes > this.#options.requestSize) return false
    load.flights.push(flight)
    load.bytes = bytes
    flight.travelling = true
    return true
  }

  /** The requests that were put together; each has to be sent. */
  take(): { readonly node: number; readonly flights: readonly Flight[] }[] {
    const taken = Array.from(this.#loads, ([node, { flights }]) => ({ node, flights }))
    for (const { node } of taken) this.#busy.add(node)
    if (taken.length > 0) this.#loads = new Map()
    return taken
  }

  /** Never rejects. `deadline`: `monotonic` at which nobody waits for an answer any more. */
  async send(node: number, flights: readonly Flight[], deadline: number): Promise<Answers> {
    const { cluster, transactionalId = null, requestTimeout } = this.#options
    const timeout = Math.min(requestTimeout, Math.max(LEAST, deadline - cluster.clock.monotonic()))
    for (const flight of flights) flight.tries++
    try {
      const request = {
        transactionalId,
        acks: ALL,
        timeout: Math.ceil(timeout * FOR_REPLICAS),
        partitions: flights.map(({ lane, bytes }) => ({
          topic: lane.topic,
          partition: lane.partition,
          records: bytes,
        })),
      }
      const { partitions } = await cluster.connection.send(node, 'produce', produceApi, request, { timeout })
      const answers = matched(flights, partitions)
      return { answers, error: answers.size < flights.length ? incomplete(node) : null }
    } catch (error) {
      return { answers: new Map(), error }
    } finally {
      this.#busy.delete(node)
    }
  }
}

function matched(flights: readonly Flight[], partitions: readonly ProducedPartition[]): Map<Flight, ProducedPartition> {
  const byPlace = new Map(partitions.map((each) => [partitionKey(each.topic, each.partition), each]))
  const answers = new Map<Flight, ProducedPartition>()
  for (const flight of flights) {
    const answer = byPlace.get(partitionKey(flight.lane.topic, flight.lane.partition))
    if (answer !== undefined) answers.set(flight, answer)
  }
  return answers
}

/** For batches that an answer leaves out. */
function incomplete(node: number): FaustError {
  const message = `Kafka broker ${node} left out a partition when it answered Produce`
  return new FaustError('FAUST_TRANSPORT_UNAVAILABLE', message, { retriable: true, details: { node, sent: true } })
}
