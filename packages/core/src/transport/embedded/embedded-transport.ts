import { setMaxListeners } from 'node:events'
import type { AdapterContext } from '../../service/adapter.ts'
import { checkOptions, checkWhole } from '../../service/check-options.ts'
import { FaustError } from '../../service/errors.ts'
import type { Admin } from '../admin.ts'
import type { GroupConsumer, GroupConsumerOptions } from '../group.ts'
import type { Producer, ProducerOptions } from '../producer.ts'
import type { Reader, ReaderOptions } from '../reader.ts'
import { TRANSPORT_CONTRACT } from '../transport.ts'
import type { Transport, TransportSupports } from '../transport.ts'
import { closedError } from './client/client.ts'
import type { Client } from './client/client.ts'
import { EmbeddedAdmin } from './client/embedded-admin.ts'
import { EmbeddedGroupConsumer } from './client/embedded-group-consumer.ts'
import { EmbeddedProducer } from './client/embedded-producer.ts'
import { EmbeddedReader } from './client/embedded-reader.ts'
import { Turns } from './client/turns.ts'
import type { Broker } from './log/broker.ts'
import { createEmbeddedLog } from './log/embedded-log.ts'
import type { EmbeddedLog } from './log/embedded-log.ts'

/** How an embedded transport is made. */
export interface EmbeddedTransportOptions {
  /** A log that several transports share; it is closed by whoever made it. Default: one of its own, made at start. */
  readonly log?: EmbeddedLog | undefined
  /**
   * Makes the log of its own keep everything in append-only files as well; see `directory` of `createEmbeddedLog`. Not
   * together with `log`.
   */
  readonly directory?: string | undefined
  /** Partitions of topics that are declared without saying how many, on a log of its own. Default 4. */
  readonly partitions?: number | undefined
  /**
   * Stands between this worker and the log. For tests and simulators: what it answers late, or not at all by rejecting
   * with `FAUST_TRANSPORT_UNAVAILABLE`, was lost on the way.
   */
  readonly link?: ((log: Broker) => Broker) | undefined
}

/** One worker's way to an embedded log. */
export class EmbeddedTransport implements Transport {
  readonly name: string = 'embedded'
  readonly contract: number = TRANSPORT_CONTRACT
  readonly supports: TransportSupports
  readonly #options: EmbeddedTransportOptions
  readonly #killed = new AbortController()
  readonly #open = new Set<EmbeddedProducer | EmbeddedReader>()
  readonly #consumers = new Set<EmbeddedGroupConsumer>()
  #client: Client | null = null
  #admin: Admin | null = null
  #ownLog: EmbeddedLog | null = null
  #closing: Promise<void> | null = null

  constructor(options: EmbeddedTransportOptions) {
    this.#options = options
    // Everything that waits listens to it, and that may be a lot.
    setMaxListeners(0, this.#killed.signal)
    const { log, directory } = options
    const durable = log?.durable ?? directory !== undefined
    this.supports = { durable, transactions: true, cooperative: true, staticMembership: true, deleteRecords: true }
  }

  get admin(): Admin {
    this.#started()
    return this.#admin as Admin
  }

  start({ app, clock, logger }: AdapterContext): Promise<void> {
    if (this.#closing !== null) return Promise.reject(closedError('The embedded transport'))
    if (this.#client !== null) return Promise.resolve()
    const { log, directory, partitions, link } = this.#options
    if (log !== undefined && directory !== undefined) return Promise.reject(twoLogs(directory))
    try {
      if (log === undefined) this.#ownLog = createEmbeddedLog({ clock, logger, directory, partitions })
    } catch (error) {
      return Promise.reject(error)
    }
    const shared = log ?? (this.#ownLog as EmbeddedLog)
    const broker = link?.(shared) ?? shared
    this.#client = { broker, clock, logger, clientId: app, turns: new Turns(clock), killed: this.#killed.signal }
    this.#admin = new EmbeddedAdmin(this.#client)
    return Promise.resolve()
  }

  producer(options: ProducerOptions = {}): Producer {
    const producer = new EmbeddedProducer(this.#started(), options)
    this.#open.add(producer)
    producer.onClosed = () => this.#open.delete(producer)
    return producer
  }

  groupConsumer(options: GroupConsumerOptions): GroupConsumer {
    const consumer = new EmbeddedGroupConsumer(this.#started(), options)
    this.#consumers.add(consumer)
    consumer.onClosed = () => this.#consumers.delete(consumer)
    return consumer
  }

  reader(options: ReaderOptions): Reader {
    const reader = new EmbeddedReader(this.#started(), options)
    this.#open.add(reader)
    reader.onClosed = () => this.#open.delete(reader)
    return reader
  }

  /** Ends what is still open, gracefully, and closes the log if it is this transport's own. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /**
   * The end of a crashed worker, for tests and simulators: everything stops at once, without leave, commit or abort,
   * and no hook is called. The log learns of it as it would of a dead process: by time-outs. A log of its own lives on
   * until `close`.
   */
  kill(): void {
    this.#killed.abort()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    try {
      await Promise.all([...this.#consumers].map((consumer) => consumer.close({ leave: false })))
      await Promise.all([...this.#open].map((each) => each.close()))
    } finally {
      this.#killed.abort()
      await this.#ownLog?.close()
    }
  }

  #started(): Client {
    if (this.#closing !== null) throw closedError('The embedded transport')
    if (this.#client !== null) return this.#client
    throw new FaustError('FAUST_NOT_STARTED', 'The embedded transport is not started: call start first')
  }
}

function twoLogs(directory: string): FaustError {
  const message = `An embedded transport was given a log and the directory ${directory}: give the directory to createEmbeddedLog, or leave the log out`
  return new FaustError('FAUST_SETTING_INVALID', message, { details: { directory } })
}

/**
 * The transport that needs nothing: Kafka's semantics in this process. It does no work before `start`. Workers that
 * shall meet get the same `log`, each in a transport of its own.
 */
export function embeddedTransport(options: EmbeddedTransportOptions = {}): EmbeddedTransport {
  checkOptions('embeddedTransport', options, ['log', 'directory', 'partitions', 'link'])
  checkWhole('embeddedTransport', 'partitions', options.partitions, 1)
  return new EmbeddedTransport(options)
}
