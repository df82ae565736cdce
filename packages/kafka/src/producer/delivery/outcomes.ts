import { isFaustError } from '@faust/core'
import type { FaustError } from '@faust/core'
import { backoff } from '../../cluster/backoff.ts'
import { isUnavailable, neverSent } from '../../connection/faults.ts'
import { KAFKA } from '../../requests/error-codes.ts'
import type { ProducedPartition } from '../../requests/produce.ts'
import { partitionFault, undelivered, unknownFate, unwritable } from '../faults.ts'
import type { ProducerCluster } from '../producer-cluster.ts'
import type { Flight, Lane } from '../queue/lane.ts'
import type { Sends } from '../queue/sends.ts'
import { blamed, halves } from './divide.ts'
import { isBeforeWriting, isStale, verdictOf } from './verdict.ts'

/** Ms before a batch is sent again. */
const AGAIN = { first: 20, last: 1_000 }
/** The same while the transaction before is being ended. */
const SOON = { first: 1, last: 20 }
/** Times that a batch may be found damaged before its records are blamed. */
const DAMAGED = 3

/** What `Outcomes` needs of its producer. */
export interface OutcomeOptions {
  readonly cluster: ProducerCluster
  readonly sends: Sends
  /** Ms from the call of `send`. */
  readonly deliveryTimeout: number
  /** Records were refused for sure: nothing of them is stored. */
  readonly onRefused: (error: FaustError) => void
  /** The producer cannot go on: fenced, or a batch whose fate nobody knows. */
  readonly onBroken: (error: FaustError) => void
}

/** Decides what becomes of a batch by what was answered, or not. */
export class Outcomes {
  readonly #options: OutcomeOptions

  constructor(options: OutcomeOptions) {
    this.#options = options
  }

  /** `monotonic` at which what waits in a lane is given up. */
  deadline({ since }: { readonly since: number }): number {
    return since + this.#options.deliveryTimeout
  }

  /** A leader has answered. `isOver`: this flight's identity is no longer the producer's, so it is not sent again. */
  answered(flight: Flight, answer: ProducedPartition, isOver: boolean): void {
    const { cluster } = this.#options
    const { lane } = flight
    const { error: code, message } = answer
    if (isStale(code)) cluster.stale(lane.topic, `Produce was answered with error ${code}`)
    switch (verdictOf(code)) {
      case 'stored':
        return this.#stored(flight, answer.baseOffset)
      case 'again': {
        const fault = partitionFault(lane, code, message)
        flight.unsure ||= !isBeforeWriting(code)
        if (code === KAFKA.CORRUPT_MESSAGE && ++flight.damaged >= DAMAGED) return this.#refused(flight, fault)
        return this.#again(flight, fault, isOver, code === KAFKA.CONCURRENT_TRANSACTIONS ? SOON : AGAIN)
      }
      case 'divide':
        return isOver ? this.#refused(flight, partitionFault(lane, code, message)) : this.#divide(flight, answer)
      case 'refused':
        return this.#refused(flight, partitionFault(lane, code, message))
      case 'fenced':
        return this.#broken(flight, partitionFault(lane, code, message))
      case 'unknown': {
        const fault = partitionFault(lane, code, message)
        return this.#broken(flight, unknownFate(lane, 'its leader answered something else', fault))
      }
    }
  }

  /** No answer came. */
  lost(flight: Flight, error: unknown, isOver: boolean): void {
    const { cluster } = this.#options
    const { lane } = flight
    // An answer that can't be read is lost like one that never came.
    if (isUnavailable(error) || isFaustError(error, 'FAUST_ANSWER_INVALID')) {
      flight.unsure ||= !neverSent(error)
      cluster.stale(lane.topic, error.message)
      return this.#again(flight, error, isOver, AGAIN)
    }
    // What a connection refuses before anything is sent: credentials, a broker that is none, a transport that is closed.
    this.#refused(flight, isFaustError(error) ? error : unwritable(lane, 0, error))
  }

  /** Its time is up. */
  expired(lane: Lane): void {
    const { sends, deliveryTimeout, onRefused } = this.#options
    const { flight } = lane
    if (flight !== null) return this.#giveUp(flight, `no answer came within ${deliveryTimeout} ms`)
    const portion = lane.portions.shift()
    const head = portion?.parts.map(({ send }) => send) ?? (lane.head === undefined ? [] : [lane.head])
    const fault = undelivered(lane, deliveryTimeout, null)
    for (const send of head) sends.reject(send, fault)
    if (portion?.unsure === true) this.#options.onBroken(unknownFate(lane, 'an answer was lost', fault))
    else onRefused(fault)
  }

  /** Nothing in the lane can be sent, now or later. */
  refuse(lane: Lane, fault: FaustError): void {
    const isUnsure = lane.flight?.unsure === true || lane.portions.some(({ unsure }) => unsure)
    if (isUnsure) return this.#options.onBroken(unknownFate(lane, 'an answer was lost before it was refused', fault))
    if (lane.flight !== null) this.#reject(lane.flight, fault)
    this.dropWaiting(lane, fault)
    this.#options.onRefused(fault)
  }

  /** Is not sent again, as the producer has ended or begins anew. `fault` is for what was certainly not stored. */
  drop(flight: Flight, fault: FaustError): void {
    this.#reject(flight, flight.unsure ? this.#uncertain(flight.lane, fault) : fault)
  }

  /** The same for what waits in a lane. */
  dropWaiting(lane: Lane, fault: FaustError): void {
    const { sends } = this.#options
    for (const { parts, unsure } of lane.portions) {
      const reason = unsure ? this.#uncertain(lane, fault) : fault
      for (const { send } of parts) sends.reject(send, reason)
    }
    lane.portions = []
    for (let send = lane.head; send !== undefined; send = lane.head) sends.reject(send, fault)
  }

  /** What is said of records that may be in the log when their producer had to stop for that reason. */
  #uncertain(lane: Lane, fault: FaustError): FaustError {
    const isSaid = fault.code === 'FAUST_PRODUCER_FENCED' || fault.code === 'FAUST_DELIVERY_UNKNOWN'
    return isSaid ? fault : unknownFate(lane, 'the producer ended before an answer came', fault)
  }

  #stored(flight: Flight, baseOffset: number): void {
    const { lane } = flight
    lane.flight = null
    lane.advance(flight)
    let offset = baseOffset
    for (const part of flight.parts) {
      this.#options.sends.stored(part, offset)
      if (offset >= 0) offset += part.to - part.from
    }
  }

  #again(flight: Flight, problem: FaustError, isOver: boolean, range: typeof AGAIN): void {
    const { clock, logger } = this.#options.cluster
    const { topic, partition } = flight.lane
    flight.problem = problem
    if (isOver) return this.#giveUp(flight, 'the producer had to stop')
    flight.dueAt = clock.monotonic() + backoff(clock, range, flight.tries)
    logger.debug({ topic, partition, tries: flight.tries, problem: problem.message }, 'A batch is sent again')
  }

  #divide(flight: Flight, { error: code, message, recordErrors }: ProducedPartition): void {
    const { sends, onRefused } = this.#options
    const { lane, parts, count, since, unsure } = flight
    const named = blamed(flight, recordErrors)
    const isOne = named.size === 0 && count === 1
    if (isOne || (named.size > 0 && unsure)) return this.#refused(flight, partitionFault(lane, code, message))
    lane.flight = null
    if (named.size === 0) {
      lane.portions.unshift(...halves(flight))
      return
    }
    for (const [send, { index, message: reason }] of named) {
      const fault = partitionFault(
        lane,
        code,
        `record ${index} of this send: ${reason ?? message ?? 'no reason given'}`,
      )
      sends.reject(send, fault)
      onRefused(fault)
    }
    lane.portions.unshift({ parts: parts.filter(({ send }) => !named.has(send)), since, unsure: false })
  }

  /** Certainly not stored by the last try; but one before may have been. Then its sequence must not be used again. */
  #refused(flight: Flight, fault: FaustError): void {
    if (flight.unsure) {
      return this.#broken(flight, unknownFate(flight.lane, 'an answer was lost before it was refused', fault))
    }
    this.#reject(flight, fault)
    this.#options.onRefused(fault)
  }

  #giveUp(flight: Flight, why: string): void {
    const { lane, problem, unsure } = flight
    if (unsure) return this.#broken(flight, unknownFate(lane, why, problem ?? undefined))
    const fault = undelivered(lane, this.#options.deliveryTimeout, problem)
    this.#reject(flight, fault)
    this.#options.onRefused(fault)
  }

  #broken(flight: Flight, fault: FaustError): void {
    this.#reject(flight, fault)
    this.#options.onBroken(fault)
  }

  #reject(flight: Flight, fault: FaustError): void {
    flight.lane.flight = null
    for (const { send } of flight.parts) this.#options.sends.reject(send, fault)
  }
}
