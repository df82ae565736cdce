import type { DecodeContext, EncodeContext, Header, Headers, MaybePromise, Serializer } from '@faust/core'
import { equal } from '../kit/check.ts'
import { seededRandom } from '../random/seeded-random.ts'
import type { SeededRandom } from '../random/seeded-random.ts'

/** What a case of the serializer kit works with. */
export interface SerializerContext<T = unknown> {
  readonly random: SeededRandom
  readonly values: readonly T[]
  readonly equals: readonly (readonly [T, T])[]
  readonly beginnings: readonly (readonly [T, T])[]
  readonly invalid: readonly Uint8Array[]
  create(): MaybePromise<Serializer<T>>
  /** Two values must be the same, as the adapter's owner means it. */
  same(actual: T, expected: T, rule: string): void
}

/** Where bytes stand, for encoding; the headers can be looked at afterwards. */
export function encodeContext(part: 'key' | 'value', headers: Header[] = []): EncodeContext {
  return { topic: 'orders', part, headers }
}

/** Where bytes stand, for decoding. */
export function decodeContext(part: 'key' | 'value', headers: Headers = []): DecodeContext {
  return { topic: 'orders', part, headers }
}

/** Encodes and decodes as core would: the headers of the one are handed to the other. */
export async function roundTrip<T>(serializer: Serializer<T>, value: T, part: 'key' | 'value'): Promise<T> {
  const context = encodeContext(part)
  const bytes = await serializer.encode(value, context)
  return serializer.decode(bytes, decodeContext(part, context.headers))
}

/** What contexts are made from. */
export interface SerializerContextOptions<T> {
  readonly create: () => MaybePromise<Serializer<T>>
  readonly values: readonly T[]
  readonly equals: readonly (readonly [T, T])[]
  readonly beginnings: readonly (readonly [T, T])[]
  readonly invalid: readonly Uint8Array[]
  readonly same: ((actual: T, expected: T) => boolean) | undefined
  readonly seed: number
}

/** The context of one case. */
export function createSerializerContext<T>(options: SerializerContextOptions<T>, name: string): SerializerContext<T> {
  return {
    ...options,
    random: seededRandom(`${options.seed} ${name}`),
    same(actual, expected, rule) {
      if (options.same === undefined) equal(actual, expected, rule)
      else equal(options.same(actual, expected), true, `${rule}; \`same\` says they differ`)
    },
  }
}
