/**
 * One API in the one version that is spoken. Whoever carries it writes the frame around it: size, key, version,
 * correlation id and client id. What flexible versions add to the header is part of `encode` and `decode`.
 */
export interface Api<Request, Response> {
  readonly key: number
  readonly version: number
  /** Kafka's name, for messages: `Metadata`. */
  readonly name: string
  /** The request behind its header. */
  encode(request: Request): Uint8Array
  /** The answer behind its correlation id. Throws a `FaustError` for bytes that are no such answer. */
  decode(bytes: Uint8Array): Response
}

/** What every answer has in common. */
export interface Throttled {
  /**
   * Ms for which the broker does not read from this connection (KIP-219): what is sent earlier waits at the broker and
   * would seem to be lost. 0 or absent: none.
   */
  readonly throttleTimeMs?: number | undefined
}
