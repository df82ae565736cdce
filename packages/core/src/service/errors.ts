import type { ErrorCode } from './error-codes.ts'

const BRAND = Symbol.for('@faust/error')

/** What a `FaustError` is made from. */
export interface FaustErrorOptions {
  /** What led to it. */
  cause?: unknown
  /** True when the same call may succeed later without anybody changing anything. Default false. */
  retriable?: boolean | undefined
  /** Machine-readable facts: topic, partition, offset, agent, setting … Never keys or values of records. */
  details?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Every error that core and its adapters throw on purpose. The message says what was wrong, where, and what to do;
 * `code` is for programs. Test with `isFaustError`, not `instanceof`: two copies of a package may be loaded.
 */
export class FaustError extends Error {
  override readonly name: string = 'FaustError'
  readonly code: ErrorCode | (string & {})
  readonly retriable: boolean
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode | (string & {}), message: string, options: FaustErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    Object.defineProperty(this, BRAND, { value: true })
    this.code = code
    this.retriable = options.retriable ?? false
    this.details = options.details ?? {}
    // Loggers and platform code recognise an abort by this name.
    if (code === 'FAUST_ABORTED') Object.defineProperty(this, 'name', { value: 'AbortError' })
  }
}

/** True for a `FaustError` of any copy of this package; with `code`, only for that code. */
export function isFaustError(error: unknown, code?: ErrorCode | (string & {})): error is FaustError {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false
  return code === undefined || (error as unknown as FaustError).code === code
}

/**
 * What an error says of itself: whether the same may succeed later without anybody changing anything. Any error can say
 * it by a boolean `retriable`, as those of this and of other libraries do; `undefined` when it says nothing.
 */
export function retriableOf(error: unknown): boolean | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { retriable } = error as { readonly retriable?: unknown }
  return typeof retriable === 'boolean' ? retriable : undefined
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The same to go on behind: without a full stop of its own. */
export function clauseOf(error: unknown): string {
  return messageOf(error).replace(/\.$/, '')
}
