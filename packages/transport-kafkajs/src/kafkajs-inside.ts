import type { Buffer } from 'node:buffer'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { FaustError } from '@faust/core'
import { Kafka } from 'kafkajs'
import type { KafkaConfig } from 'kafkajs'

// Everything that touches what kafkajs does not promise is in this file. It was written for one version of kafkajs.
const VERSION = '2.2.4'
const UNKNOWN = 'of an unknown version'

/** By API key. */
type Versions = Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>

interface Queue {
  readonly pending: readonly unknown[]
  /** When requests may be sent again after a quota, in epoch ms. */
  readonly throttledUntil: number
  push(request: {
    readonly entry: {
      readonly apiKey: number
      readonly apiName: string
      readonly apiVersion: number
      readonly correlationId: number
      readonly resolve: (answer: { readonly payload: Buffer }) => void
      readonly reject: (error: unknown) => void
    }
    readonly expectResponse: boolean
    readonly requestTimeout: number
    readonly sendRequest: () => void
  }): void
  checkPendingRequests(): void
  scheduleCheckPendingRequests(): void
}

/**
 * kafkajs's connection. It can't be used again after a loss, because half an answer stays in its buffer, nor by several
 * while it connects, because each opens a socket into the same buffer: so one is used for one socket.
 */
export interface InsideConnection {
  readonly socket: Socket | undefined
  readonly requestQueue: Queue
  /** Of an answer that has not come whole. */
  readonly chunks: Buffer[]
  readonly bytesBuffered: number
  /** Ms for which the broker takes the credentials, 0 for ever. */
  readonly sessionLifetime: { toString(): string }
  connect(): Promise<unknown>
  authenticate(): Promise<void>
  setVersions(versions: Versions): void
  setSupportAuthenticationProtocol(supported: boolean): void
  nextCorrelationId(): number
  processData(data: Buffer): void
  rejectRequests(error: Error): void
}

interface Inside {
  /** A connection that is not yet connected, with the TLS and the credentials of the client. */
  connection(to: {
    readonly host: string
    readonly port: number
    readonly rack: string | null
  }): Promise<InsideConnection>
}

interface Cluster {
  readonly connectionPoolBuilder: {
    build(to: {
      host: string
      port: number
      rack: string | null
    }): Promise<{ readonly pool: readonly InsideConnection[] }>
  }
}

const METHODS = [
  'connect',
  'authenticate',
  'setVersions',
  'setSupportAuthenticationProtocol',
  'nextCorrelationId',
  'processData',
  'rejectRequests',
] as const

const QUEUE_METHODS = ['push', 'checkPendingRequests', 'scheduleCheckPendingRequests'] as const

/** A kafkajs of our own. Rejects with `FAUST_CLIENT_UNSUPPORTED` unless it is the one this was written for. */
export async function openInside(config: KafkaConfig, version: string = installedVersion()): Promise<Inside> {
  if (version !== VERSION && version !== UNKNOWN) throw unsupported(version, `its version is not ${VERSION}`)
  const builder = clusterOf(new Kafka(config))?.connectionPoolBuilder
  if (typeof builder?.build !== 'function') throw unsupported(version, 'it has no builder of connections')
  const connection: Inside['connection'] = async (to) => {
    const { pool } = await builder.build({ ...to })
    const made = pool[0]
    checkMembers(version, made)
    made.requestQueue.scheduleCheckPendingRequests = scheduleIfPending
    return made
  }
  // Nothing is connected by this.
  await connection({ host: 'localhost', port: 0, rack: null })
  return { connection }
}

/** It keeps an empty rest behind each answer, and would copy the next one to put the two together. */
export function forgetEmptyChunk(connection: InsideConnection): void {
  if (connection.bytesBuffered === 0) connection.chunks.length = 0
}

/** In a bundle there may be no manifest: then the members alone are checked. */
function installedVersion(): string {
  try {
    return (createRequire(import.meta.url)('kafkajs/package.json') as { readonly version: string }).version
  } catch {
    return UNKNOWN
  }
}

/** An assigner's factory is handed the cluster of its consumer; that consumer does nothing else. */
function clusterOf(kafka: Kafka): Cluster | undefined {
  let found: unknown
  kafka.consumer({
    groupId: 'unused',
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster
        return {
          name: 'unused',
          version: 0,
          assign: () => Promise.resolve([]),
          protocol: () => ({ name: '', metadata: null! }),
        }
      },
    ],
  })
  return found as Cluster | undefined
}

function checkMembers(version: string, made: InsideConnection | undefined): asserts made is InsideConnection {
  const lacks = (of: object | undefined, names: readonly string[]): string | undefined =>
    names.find((name) => typeof (of as Record<string, unknown> | undefined)?.[name] !== 'function')
  const chunks = Array.isArray(made?.chunks) ? undefined : 'chunks'
  const missing = lacks(made, METHODS) ?? lacks(made?.requestQueue, QUEUE_METHODS) ?? chunks
  if (missing !== undefined) throw unsupported(version, `its connections have no ${missing}`)
}

function unsupported(version: string, problem: string): FaustError {
  return new FaustError(
    'FAUST_CLIENT_UNSUPPORTED',
    `@faust/transport-kafkajs found kafkajs ${version}, which it can't use: ${problem}. Install kafkajs ${VERSION}, or remove ` +
      'the override that replaces it.',
    { details: { found: version, needed: VERSION } },
  )
}

const CHECK_INTERVAL = 10

/**
 * Instead of kafkajs's own, which arms a timer after every answer whether or not anything waits, with a delay below zero
 * that Node 24 warns of.
 */
function scheduleIfPending(this: Queue & { throttleCheckTimeoutId?: unknown }): void {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId) return
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null
      this.checkPendingRequests()
    },
    Math.max(this.throttledUntil - Date.now(), CHECK_INTERVAL),
  )
}
