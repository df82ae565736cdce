import { Buffer } from 'node:buffer'
import { FaustError, messageOf } from '@faust/core'
import type { Clock } from '@faust/core'
import { addressName, notKafka, withHeaderTags, withoutHeaderTags } from '@faust/kafka'
import type { ApiHeader, ApiVersions, BrokerAddress, Wire } from '@faust/kafka'
import { excerpt, FrameGuard } from './frame-guard.ts'
import { forgetEmptyChunk, type InsideConnection } from './kafkajs-inside.ts'
import { orTlsFault } from './tls-fault.ts'

const SASL_AUTHENTICATE = 36
/** Of a session's time, how much is used before a fresh connection takes over. */
const SESSION_SHARE = 0.8

export interface KafkajsWireOptions {
  readonly broker: BrokerAddress
  readonly clientId: string
  readonly clock: Clock
  /** Whether there are credentials. */
  readonly sasl: boolean
  readonly make: () => Promise<InsideConnection>
  readonly onLost: (reason: unknown) => void
}

/** A wire over one connection of kafkajs: its socket, TLS, framing and credentials. */
export class KafkajsWire implements Wire {
  readonly #options: KafkajsWireOptions
  readonly #guard = new FrameGuard()
  #connection: InsideConnection | undefined
  /** When its session has to be left, on the monotonic clock. */
  #freshUntil = Number.POSITIVE_INFINITY
  #answered = false
  #ended = false

  constructor(options: KafkajsWireOptions) {
    this.#options = options
  }

  async connect(): Promise<void> {
    const connection = await this.#options.make()
    if (this.#ended) throw closed()
    this.#connection = connection
    const read = connection.processData.bind(connection)
    connection.processData = (data) => this.#receive(data, read)
    const connecting = connection.connect()
    // kafkajs listens for the other side's end too, but tells only of requests that wait.
    const onEnd = (): void => this.#lost(new Error('the socket was closed'))
    connection.socket?.once('end', onEnd).once('close', onEnd)
    await connecting.catch(this.#rethrow)
  }

  async authenticate(versions: ApiVersions): Promise<void> {
    if (!this.#options.sasl) return
    const connection = this.#open()
    const known = [...versions].map(([key, { min, max }]) => [key, { minVersion: min, maxVersion: max }] as const)
    connection.setVersions(Object.fromEntries(known))
    connection.setSupportAuthenticationProtocol(versions.has(SASL_AUTHENTICATE))
    const { clock, broker } = this.#options
    const began = clock.monotonic()
    try {
      await connection.authenticate()
    } catch (error) {
      // kafkajs calls it a refusal too when the connection broke.
      const broken = this.#ended || connection.socket?.destroyed === true || connection.socket?.readableEnded === true
      if (broken || !isRefusal(error)) throw error
      throw refused(broker, error)
    }
    const lifetime = Number(connection.sessionLifetime.toString())
    if (lifetime > 0) this.#freshUntil = began + lifetime * SESSION_SHARE
  }

  fresh(): boolean {
    return this.#options.clock.monotonic() < this.#freshUntil
  }

  async request(api: ApiHeader, body: Uint8Array): Promise<Uint8Array> {
    const connection = this.#open()
    const { payload } = await new Promise<{ readonly payload: Buffer }>((resolve, reject) => {
      const correlationId = connection.nextCorrelationId()
      connection.requestQueue.push({
        entry: { apiKey: api.key, apiName: api.name, apiVersion: api.version, correlationId, resolve, reject },
        expectResponse: true,
        requestTimeout: 0,
        sendRequest: () => this.#write(api, correlationId, body),
      })
    }).catch(this.#rethrow)
    this.#answered = true
    return withoutHeaderTags(api, payload)
  }

  destroy(): void {
    if (this.#ended) return
    this.#ended = true
    const connection = this.#connection
    connection?.rejectRequests(closed())
    // Only with an error does kafkajs clear its timer of a socket that was still connecting.
    connection?.socket?.destroy(closed())
  }

  /** Request header 1 (https://kafka.apache.org/protocol#protocol_messages); what header 2 adds comes with the body. */
  #write(api: ApiHeader, correlationId: number, body: Uint8Array): void {
    const { clientId } = this.#options
    const idLength = Buffer.byteLength(clientId)
    const rest = withHeaderTags(api, body)
    const header = Buffer.allocUnsafe(14 + idLength)
    header.writeInt32BE(10 + idLength + rest.length, 0)
    header.writeInt16BE(api.key, 4)
    header.writeInt16BE(api.version, 6)
    header.writeInt32BE(correlationId, 8)
    header.writeInt16BE(idLength, 12)
    header.write(clientId, 14)
    // One write of two buffers: a batch of records is not copied for the sake of its header.
    const socket = this.#open().socket!
    socket.cork()
    socket.write(header)
    socket.write(rest)
    socket.uncork()
  }

  #receive(data: Buffer, read: (data: Buffer) => void): void {
    if (this.#ended) return
    try {
      if (!this.#guard.accepts(data)) {
        const { broker } = this.#options
        throw this.#answered
          ? new Error(`what is no answer came: ${excerpt(data)}`)
          : notKafka(broker, `says ${excerpt(data)}`)
      }
      forgetEmptyChunk(this.#connection!)
      read(data)
    } catch (error) {
      this.#lost(error)
    }
  }

  /** With TLS 1.3 the other side may refuse a certificate after the connection was made: so requests may hear of it too. */
  readonly #rethrow = (error: unknown): never => {
    throw orTlsFault(this.#options.broker, error)
  }

  #lost(reason: unknown): void {
    if (!this.#ended) this.#options.onLost(orTlsFault(this.#options.broker, reason))
  }

  #open(): InsideConnection {
    if (this.#ended || this.#connection === undefined) throw closed()
    return this.#connection
  }
}

function closed(): Error {
  return new Error('the connection was given up')
}

/** Kafkajs's own errors say whether another try may help; what a provider of tokens throws is no refusal. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof Error && error.name.startsWith('KafkaJS') && (error as { retriable?: unknown }).retriable === false
  )
}

function refused(broker: BrokerAddress, error: unknown): FaustError {
  return new FaustError(
    'FAUST_NOT_AUTHORIZED',
    `Kafka broker ${addressName(broker)} refused the credentials: ${messageOf(error)}. Check sasl: mechanism, user and password.`,
    { cause: error, details: { broker: addressName(broker) } },
  )
}
