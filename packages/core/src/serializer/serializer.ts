import type { MaybePromise } from '../service/maybe-promise.ts'
import type { Header, Headers } from './headers.ts'

/** The version of the serializer contract that this core speaks. */
export const SERIALIZER_CONTRACT = 1

/** Where the bytes stand. */
export interface DecodeContext {
  readonly topic: string
  readonly part: 'key' | 'value'
  /** The record's headers, read-only. */
  readonly headers: Headers
}

/** Where the bytes will stand. */
export interface EncodeContext {
  readonly topic: string
  readonly part: 'key' | 'value'
  /** The record's headers so far. A value's serializer may append to them, a key's may not. */
  readonly headers: Header[]
}

/** Where the bytes of a checked value will stand. */
export type CheckContext = Pick<EncodeContext, 'topic' | 'part'>

/** What a serializer can do; the conformance kit holds it to each claim. */
export interface SerializerSupports {
  /**
   * May serve as a key: equal values give equal bytes, always, different values different ones, and the bytes do not
   * depend on headers.
   */
  readonly keys: boolean
  /** The bytes of a beginning of a value are the beginning of its bytes, so keys can be looked for by how they begin. */
  readonly prefixes?: boolean | undefined
}

/**
 * Turns values into bytes and back. Stateless as seen from outside; called very often, also while an earlier call is
 * pending. It has no life cycle: whatever it needs it opens on first use. Core never passes `null` or `undefined`:
 * a `null` key or value is a null in the log.
 *
 * Whatever it throws, core wraps as `FAUST_ENCODE` or `FAUST_DECODE` (a `FaustError` stays as it is) and adds topic,
 * partition and offset; the failing agent's policy applies.
 */
export interface Serializer<T> {
  /**
   * Of the format, for messages: `json`, `text`, `msgpack`. A table that was filled under one name is refused under another,
   * so it has to stay while the old bytes can be read.
   */
  readonly name: string
  readonly contract: number
  readonly supports: SerializerSupports
  /** The bytes belong to core. May answer at once or with a promise; at once is much faster. */
  encode(value: T, context: EncodeContext): MaybePromise<Uint8Array>
  /**
   * Throws what `encode` would throw of a value. A table calls it at each write, at once, as it makes bytes only at the next
   * commit: so the handler fails that wrote the value. Without it, and where it lets through what `encode` refuses, the
   * commit fails and stops the worker. Should cost far less than `encode`.
   */
  check?(value: T, context: CheckContext): void
  /** `bytes` is a view that must not be kept or changed. */
  decode(bytes: Uint8Array, context: DecodeContext): MaybePromise<T>
}

/** The type of the values a serializer takes and gives. */
export type SerializerValue<S> = S extends Serializer<infer T> ? T : never
