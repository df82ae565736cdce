import { FaustError, isFaustError, messageOf } from '../../../service/errors.ts'
import { isPromise } from '../../../service/maybe-promise.ts'
import { sleep } from '../../../service/wait.ts'
import type { OutgoingRecord, TopicPartition } from '../../record.ts'
import type { ProduceAnswer, ProduceBatch } from '../log/broker-records.ts'
import { KafkaError } from '../log/kafka-error.ts'
import type { KafkaErrorCode } from '../log/kafka-error.ts'
import { once } from './ask.ts'
import { closedError } from './client.ts'
import type { Client } from './client.ts'
import { faultOf, partitionName } from './fault.ts'
import { missingFault } from './missing.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import type { PendingSend, SendBatch, SendQueue } from './send-queue.ts'

/** Ms before the second try; doubled for each further one … */
const FIRST_DELAY = 1
/** … up to this. */
const LAST_DELAY = 20

/** What `Sender` needs of its producer. */
export interface SenderOptions {
  readonly client: Client
  readonly queue: SendQueue
  readonly transactionalId: string | undefined
  /** Ms after which the fate of a batch is given up. */
  readonly deliveryTimeout: number
  /** Makes partitions part of the transaction before their first records; null outside of one. */
  readonly join: (places: readonly TopicPartition[]) => Promise<void> | null
  /** A send was refused for sure: nothing of it is stored. */
  readonly onRefused: (error: FaustError) => void
  /** The producer cannot go on: fenced, or a batch whose fate nobody knows. Everything queued is rejected by it. */
  readonly onBroken: (error: FaustError) => void
}

/** A batch on its way, with what must not change however often it is sent. */
interface Flight {
  readonly batch: SendBatch
  readonly request: ProduceBatch
  /** Whether it may have reached the log without an answer. */
  sent: boolean
  /** The last answer that said to try again. */
  refused: ProduceAnswer | null
}

const REPEATED: ReadonlySet<KafkaErrorCode> = new Set<KafkaErrorCode>([
  KafkaError.CONCURRENT_TRANSACTIONS,
  KafkaError.KAFKA_STORAGE_ERROR,
])

const FENCED: ReadonlySet<KafkaErrorCode> = new Set<KafkaErrorCode>([
  KafkaError.INVALID_PRODUCER_EPOCH,
  KafkaError.PRODUCER_FENCED,
  KafkaError.INVALID_PRODUCER_ID_MAPPING,
])

/** Sends what is queued: one request at a time, one batch a partition, again and unchanged until it is answered. */
export class Sender {
  readonly #options: SenderOptions
  #identity: ProducerIdentity | null = null
  #running = false

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** From now on records are sent under `identity`; what is under way under another one is given up. */
  adopt(identity: ProducerIdentity | null): void {
    this.#identity = identity
  }

  /** Sends in the next microtask, so that calls made together travel together. */
  wake(): void {
    if (this.#running) return
    this.#running = true
    void Promise.resolve().then(() => this.#drain())
  }

  async #drain(): Promise<void> {
    const { client, queue } = this.#options
    while (!queue.isEmpty) {
      const identity = this.#identity
      if (identity === null) break
      const taken = queue.take()
      const joining = this.#options.join(taken)
      const batches = joining === null ? taken : await this.#joined(taken, joining)
      if (batches.length > 0) await this.#deliver(identity, batches)
      const turn = client.turns.next()
      if (turn !== undefined) await turn
    }
    this.#running = false
  }

  /** The batches whose partitions are part of the transaction now; the others are refused. */
  async #joined(batches: readonly SendBatch[], joining: Promise<void>): Promise<readonly SendBatch[]> {
    const { queue, join, onRefused, onBroken } = this.#options
    try {
      await joining
      return batches
    } catch (error) {
      // All or none of them join: alone each shows whether it is to blame.
      const [only] = batches
      if (batches.length > 1 || only === undefined) {
        const each: SendBatch[] = []
        for (const batch of batches) each.push(...(await this.#joined([batch], join([batch]) ?? Promise.resolve())))
        return each
      }
      const fault = error as FaustError
      for (const send of only.sends) queue.reject(send, fault)
      if (fault.code === 'FAUST_PRODUCER_FENCED') onBroken(fault)
      else onRefused(fault)
      return []
    }
  }

  async #deliver(identity: ProducerIdentity, batches: readonly SendBatch[]): Promise<void> {
    const { client, transactionalId, deliveryTimeout } = this.#options
    const deadline = client.clock.monotonic() + deliveryTimeout
    let flights = batches.map((batch) => flightOf(identity, batch, transactionalId !== undefined))
    for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 2, LAST_DELAY)) {
      if (this.#identity !== identity) return this.#giveUp(flights, 'the producer was initialised anew meanwhile')
      const outcome = this.#attempt(identity, flights)
      const left = isPromise(outcome) ? await outcome : outcome
      if (left.length === 0) return
      flights = left
      if (client.clock.monotonic() >= deadline) return this.#giveUpLate(flights)
      try {
        await sleep(client.clock, delay, client.killed)
      } catch {
        return this.#giveUp(flights, 'the transport was stopped')
      }
    }
  }

  /** One request. Answers what has to be sent again; synchronous where the log is. */
  #attempt(identity: ProducerIdentity, flights: readonly Flight[]): Flight[] | Promise<Flight[]> {
    const { client, transactionalId } = this.#options
    const request = { transactionalId, batches: flights.map((flight) => flight.request) }
    try {
      const answer = once(client, () => client.broker.produce(request), { what: 'Producing' })
      if (!isPromise(answer)) return this.#settle(identity, flights, answer)
      return Promise.resolve(answer).then(
        (answers) => this.#settle(identity, flights, answers),
        (error: unknown) => this.#unanswered(flights, error),
      )
    } catch (error) {
      return this.#unanswered(flights, error)
    }
  }

  #unanswered(flights: readonly Flight[], error: unknown): Flight[] {
    for (const flight of flights) flight.sent = true
    if (isFaustError(error, 'FAUST_TRANSPORT_UNAVAILABLE')) return [...flights]
    this.#giveUp(flights, messageOf(error))
    return []
  }

  #settle(
    identity: ProducerIdentity,
    flights: readonly Flight[],
    answers: readonly ProduceAnswer[],
  ): Flight[] | Promise<Flight[]> {
    const again: Flight[] = []
    let slow: Promise<void> | null = null
    for (const [index, flight] of flights.entries()) {
      const answer = answers[index] as ProduceAnswer
      if (answer.error === KafkaError.NONE || answer.error === KafkaError.DUPLICATE_SEQUENCE_NUMBER) {
        this.#delivered(identity, flight, answer.baseOffset)
      } else if (REPEATED.has(answer.error)) {
        flight.refused = answer
        again.push(flight)
      } else if (answer.error === KafkaError.MESSAGE_TOO_LARGE && flight.batch.sends.length > 1) {
        // One of the sends is to blame: each goes alone, the first with the same sequence.
        slow = this.#after(slow, () => this.#oneByOne(identity, flight))
      } else {
        slow = this.#after(slow, () => this.#refused(flight, answer))
      }
    }
    return slow === null ? again : slow.then(() => again)
  }

  async #after(before: Promise<void> | null, next: () => Promise<void>): Promise<void> {
    await before
    await next()
  }

  #delivered(identity: ProducerIdentity, { batch, request }: Flight, baseOffset: number): void {
    identity.advance(batch.key, request.records.length)
    let offset = baseOffset
    for (const send of batch.sends) {
      this.#options.queue.resolve(send, offset)
      if (offset >= 0) offset += send.records.length
    }
  }

  async #oneByOne(identity: ProducerIdentity, { batch }: Flight): Promise<void> {
    for (const send of batch.sends) {
      if (this.#identity === identity) await this.#deliver(identity, [{ ...batch, sends: [send] }])
      else this.#options.queue.reject(send, unknownFate(batch, 'a send before it failed'))
    }
  }

  async #refused({ batch, sent }: Flight, { error, message }: ProduceAnswer): Promise<void> {
    const { topic, partition } = batch
    const { queue, onRefused, onBroken, transactionalId } = this.#options
    const details = { topic, partition }
    if (FENCED.has(error)) {
      const subject = `Producer ${transactionalId === undefined ? 'without transactional id' : `"${transactionalId}"`}`
      const fault = faultOf(error, { subject, details })
      for (const send of batch.sends) queue.reject(send, fault)
      return onBroken(fault)
    }
    if (error === KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER) {
      const cause = faultOf(error, { subject: partitionName(topic, partition), details })
      const fault = unknownFate(batch, 'the log has seen other records of this producer', cause)
      for (const send of batch.sends) queue.reject(send, fault)
      return onBroken(fault)
    }
    const fault =
      error === KafkaError.UNKNOWN_TOPIC_OR_PARTITION && !sent
        ? await missingFault(this.#options.client, batch)
        : faultOf(error, { subject: partitionName(topic, partition), message, details })
    for (const send of batch.sends) queue.reject(send, fault)
    onRefused(fault)
  }

  /** Out of time. What was always refused is certainly not stored; of the rest nobody knows. */
  async #giveUpLate(flights: readonly Flight[]): Promise<void> {
    const unknown: Flight[] = []
    for (const flight of flights) {
      if (flight.sent || flight.refused === null) unknown.push(flight)
      else await this.#refused(flight, flight.refused)
    }
    this.#giveUp(unknown, `no answer came within ${this.#options.deliveryTimeout} ms`)
  }

  #giveUp(flights: readonly Flight[], why: string): void {
    const [first] = flights
    if (first === undefined) return
    if (this.#options.client.killed.aborted) {
      const closed = closedError('The transport')
      for (const { batch } of flights) for (const send of batch.sends) this.#options.queue.reject(send, closed)
      return this.#options.onBroken(closed)
    }
    for (const { batch } of flights) {
      for (const send of batch.sends) this.#options.queue.reject(send, unknownFate(batch, why))
    }
    this.#options.onBroken(unknownFate(first.batch, why))
  }
}

function flightOf(identity: ProducerIdentity, batch: SendBatch, transactional: boolean): Flight {
  const { producerId, producerEpoch } = identity
  const { topic, partition, key, sends } = batch
  const [first] = sends as [PendingSend, ...PendingSend[]]
  const records = sends.length === 1 ? first.records : recordsOf(sends)
  const baseSequence = identity.nextSequence(key)
  const { timestamp } = first
  const request = { topic, partition, producerId, producerEpoch, baseSequence, transactional, timestamp, records }
  return { batch, request, sent: false, refused: null }
}

function recordsOf(sends: readonly PendingSend[]): OutgoingRecord[] {
  const records: OutgoingRecord[] = []
  for (const send of sends) for (const record of send.records) records.push(record)
  return records
}

function unknownFate({ topic, partition }: TopicPartition, why: string, cause?: unknown): FaustError {
  const message = `Whether records for partition ${partition} of topic "${topic}" were stored is unknown, as ${why}: initialise the producer again and go back to the committed offsets`
  return new FaustError('FAUST_DELIVERY_UNKNOWN', message, { cause, details: { topic, partition } })
}
