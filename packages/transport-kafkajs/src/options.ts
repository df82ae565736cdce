import type { ConnectionOptions } from 'node:tls'
import { checkOptions, FaustError } from '@faust/core'
import type { CodecOptions, CompressionName } from '@faust/kafka'
import type { Mechanism, SASLOptions } from 'kafkajs'
import { parseAddress } from './address.ts'
import type { Address } from './address.ts'

/** How `kafkajsTransport` reaches Kafka. */
export interface KafkajsTransportOptions {
  /** Some brokers of the cluster as `host:port`; the others are learned from them. Name several, so that one may be down. */
  readonly brokers: readonly string[]
  /** What brokers show in logs, metrics and quotas. Default: the app's name. */
  readonly clientId?: string | undefined
  /** `true`, or Node's options for TLS (`ca`, `cert`, `key`, …). Default: no TLS. */
  readonly ssl?: boolean | ConnectionOptions | undefined
  /** Credentials as kafkajs takes them, e.g. `{ mechanism: 'scram-sha-512', username, password }`. */
  readonly sasl?: SASLOptions | Mechanism | undefined
  /** Ms until a connection must be ready, TLS and credentials included. Default 10,000. */
  readonly connectionTimeout?: number | undefined
  /** Ms that a broker may take for an answer, unless a request has to wait longer by its nature. Default 30,000. */
  readonly requestTimeout?: number | undefined
  /** How batches are compressed. Default `none`. */
  readonly compression?: CompressionName | undefined
  /** Packages for compression, instead of those that are installed: `{ snappy, lz4 }`. */
  readonly codecs?: CodecOptions | undefined
}

/** The options with their defaults, checked. */
export interface KafkajsSettings {
  readonly brokers: readonly Address[]
  readonly clientId: string | undefined
  readonly ssl: true | ConnectionOptions | undefined
  readonly sasl: SASLOptions | Mechanism | undefined
  readonly connectionTimeout: number
  readonly requestTimeout: number
  readonly codecs: CodecOptions
}

const OPTIONS = ['brokers', 'clientId', 'ssl', 'sasl', 'connectionTimeout', 'requestTimeout', 'compression', 'codecs']

/** Node's timers bear no longer delay. */
const MAX_TIMEOUT = 2 ** 31 - 1

export function readOptions(options: KafkajsTransportOptions): KafkajsSettings {
  if (typeof options !== 'object' || options === null || 'producer' in options) {
    throw wrong(
      'the options',
      'have to be an object such as { brokers: ["localhost:9092"] }; a client of your own is not taken',
    )
  }
  checkOptions('kafkajsTransport', options, OPTIONS)
  const { brokers, clientId, ssl, sasl, connectionTimeout = 10_000, requestTimeout = 30_000, codecs = {} } = options
  if (!Array.isArray(brokers)) {
    throw wrong('brokers', `has to be a list such as ["localhost:9092"], not ${show(brokers)}`)
  }
  if (brokers.length === 0) throw wrong('brokers', 'is an empty list: name at least one, e.g. "localhost:9092"')
  if (clientId !== undefined && (typeof clientId !== 'string' || clientId === '')) {
    throw wrong('clientId', `has to be a text, not ${show(clientId)}`)
  }
  if (ssl !== undefined && typeof ssl !== 'boolean' && (typeof ssl !== 'object' || ssl === null)) {
    throw wrong('ssl', "has to be true, false or an object of Node's TLS options")
  }
  checkSasl(sasl)
  checkTimeout('connectionTimeout', connectionTimeout)
  checkTimeout('requestTimeout', requestTimeout)
  return {
    brokers: brokers.map((broker: unknown) => {
      const address = parseAddress(broker)
      if (address === undefined)
        throw wrong('brokers', `has ${show(broker)}, which is not host:port, e.g. "localhost:9092"`)
      return address
    }),
    clientId,
    ssl: ssl === false ? undefined : ssl,
    sasl,
    connectionTimeout,
    requestTimeout,
    codecs,
  }
}

function checkSasl(sasl: unknown): void {
  if (sasl === undefined) return
  const mechanism = typeof sasl === 'object' && sasl !== null && 'mechanism' in sasl ? sasl.mechanism : undefined
  // What else is in it may be secret, so nothing of it is shown.
  if (typeof mechanism === 'string' && mechanism !== '') return
  throw wrong('sasl', "needs a mechanism, e.g. { mechanism: 'scram-sha-512', username, password }")
}

function checkTimeout(name: string, value: unknown): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_TIMEOUT) return
  throw wrong(name, `has to be a whole number of ms from 1 to ${MAX_TIMEOUT}, not ${show(value)}`)
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function wrong(setting: string, problem: string): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `kafkajsTransport: ${setting} ${problem}.`, { details: { setting } })
}
