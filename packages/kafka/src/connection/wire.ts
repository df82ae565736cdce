import type { BrokerAddress } from '../requests/metadata.ts'

/** Of an API, what the header of its requests is made from. */
export interface ApiHeader {
  readonly name: string
  readonly key: number
  readonly version: number
  readonly flexible: boolean
}

/** The versions of an API that a broker speaks. */
export interface VersionRange {
  readonly min: number
  readonly max: number
}

/** What a broker speaks, by API key. */
export type ApiVersions = ReadonlyMap<number, VersionRange>

/** One socket to one broker. It is used once: what was lost is never connected again. */
export interface Wire {
  /** Opens the socket, with TLS if that is set. */
  connect(): Promise<void>
  /** Sends the credentials, if there are any. Rejects with `FAUST_NOT_AUTHORIZED` when they are refused. */
  authenticate(versions: ApiVersions): Promise<void>
  /** False when its session is about to run out (KIP-368): what is in flight may end, nothing more is sent. */
  fresh(): boolean
  /** Writes a request before it returns, and gives what the broker answers behind the header. */
  request(api: ApiHeader, body: Uint8Array): Promise<Uint8Array>
  /** Closes the socket now. What arrives later is not looked at, and `onLost` is not called. Idempotent. */
  destroy(): void
}

/**
 * Makes a wire without doing anything yet. `onLost` is called when the socket has ended or failed, or when what came over
 * it is not Kafka's protocol: with a `FaustError` if it says so itself.
 */
export type Dial = (address: BrokerAddress, onLost: (reason: unknown) => void) => Wire
