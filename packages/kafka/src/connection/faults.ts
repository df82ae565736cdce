import { FaustError, isFaustError, messageOf } from '@faust/core'
import type { BrokerAddress } from '../requests/metadata.ts'
import type { Lane } from './connection.ts'

/** How messages name a broker. */
export function addressName({ node, host, port }: BrokerAddress): string {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return node < 0 ? address : `${node} at ${address}`
}

/** The way a request took. */
export interface Way {
  readonly broker: BrokerAddress
  readonly lane: Lane
}

/** `FAUST_TRANSPORT_UNAVAILABLE`; `sent` says whether the request may have reached the broker. */
export function unavailable(message: string, sent: boolean, { broker, lane }: Way, cause?: unknown): FaustError {
  const details = { broker: addressName(broker), node: broker.node, lane, sent }
  return new FaustError('FAUST_TRANSPORT_UNAVAILABLE', message, { retriable: true, cause, details })
}

/** What is said about a node that Metadata does not name. */
export function unknownBroker(node: number, known: Iterable<BrokerAddress>): FaustError {
  const names = [...known].map(addressName).join(', ')
  const message = `Kafka broker ${node} is not among the brokers of the cluster (${names || 'none is known yet'}): it may be down`
  return new FaustError('FAUST_TRANSPORT_UNAVAILABLE', message, { retriable: true, details: { node, sent: false } })
}

/** Something answers at the address, but not as Kafka does. */
export function notKafka(broker: BrokerAddress, answer: string): FaustError {
  const name = addressName(broker)
  const message =
    `What answers at ${name} is no Kafka broker: it ${answer}. Is this the address of a Kafka listener, and does that ` +
    'listener expect TLS exactly when ssl is set?'
  return new FaustError('FAUST_BROKER_UNSUPPORTED', message, { details: { broker: name } })
}

/** How a connection was when it was lost. */
export type Stage = 'connecting' | 'asking' | 'authenticating' | 'silent' | 'open'

const LOST: Readonly<Record<Stage, readonly [before: string, after: string]>> = {
  connecting: [
    'Could not connect to Kafka broker',
    'is it running, is the address right, and does that listener expect TLS just if ssl is set?',
  ],
  asking: [
    'No answer as a Kafka broker gives it came from',
    'is this a Kafka listener, and one with TLS just if ssl is set?',
  ],
  authenticating: ['Could not finish to authenticate with Kafka broker', 'it is tried again'],
  silent: ['The connection was closed at the first request by Kafka broker', 'does it expect credentials (sasl)?'],
  open: ['The connection was lost to Kafka broker', 'it is tried again'],
}

/** What is said about a connection that ended. */
export function lostMessage(stage: Stage, broker: BrokerAddress, reason: unknown): string {
  const [before, after] = LOST[stage]
  return `${before} ${addressName(broker)} (${reasonOf(reason)}): ${after}`
}

export function connectionClosed(): FaustError {
  return new FaustError('FAUST_CLOSED', 'The connection to Kafka is closed: make a new transport')
}

/** Whether a request that failed certainly never left, so that sending it again can't do anything twice. */
export function neverSent(error: unknown): boolean {
  return isFaustError(error) && error.details['sent'] === false
}

/** A failure of the way to the broker. */
export interface Unavailable extends FaustError {
  readonly code: 'FAUST_TRANSPORT_UNAVAILABLE'
}

/** True for a failure of the way to the broker, which another try may find repaired. */
export function isUnavailable(error: unknown): error is Unavailable {
  return isFaustError(error, 'FAUST_TRANSPORT_UNAVAILABLE') && error.retriable
}

/** The innermost message: clients wrap what the socket said. */
function reasonOf(error: unknown): string {
  let root = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  return messageOf(root)
}
