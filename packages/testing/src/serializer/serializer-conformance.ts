import type { MaybePromise, Serializer, SerializerSupports } from '@faust/core'
import { isPromise } from '@faust/core'
import type { KitOptions } from '../kit/suite.ts'
import { registerSuite } from '../kit/suite.ts'
import { decoding, malformed } from './decoding.ts'
import { formats } from './formats.ts'
import { headers, keys } from './headers.ts'
import { prefixes } from './prefixes.ts'
import { createSerializerContext } from './serializer-context.ts'
import type { SerializerContext } from './serializer-context.ts'

/** What the serializer kit has to know of an adapter. */
export interface SerializerConformanceOptions<T> extends KitOptions {
  readonly create: () => MaybePromise<Serializer<T>>
  /** Values to write and read, each different from the others: small and large, empty and odd. */
  readonly values: readonly T[]
  /** Pairs of equal values that were made differently. For keys; members of plain objects in another order the kit tries itself. */
  readonly equalValues?: readonly (readonly [T, T])[] | undefined
  /** Pairs of a beginning and a whole, for who claims `prefixes`. Those of texts and bytes among `values` the kit finds itself. */
  readonly beginnings?: readonly (readonly [T, T])[] | undefined
  /** Bytes that are no value of this format. */
  readonly invalidBytes?: readonly Uint8Array[] | undefined
  /** Whether a value that came back is the one that went in. Default: deep and strict equality. */
  readonly same?: ((actual: T, expected: T) => boolean) | undefined
  /** The manifest, when `create` cannot be called before the tests run. */
  readonly supports?: SerializerSupports | undefined
  /** Where the kit's chance comes from. Default 1. */
  readonly seed?: number | undefined
  /** Ms after which a case fails by itself. Default 15,000. */
  readonly bound?: number | undefined
}

/**
 * Holds a serializer to every promise of `Serializer`, one test each.
 *
 * ```ts
 * serializerConformance({ test, create: () => text(), values: ['', 'a', 'ä'], invalidBytes: [Uint8Array.of(0xff)] })
 * ```
 */
export function serializerConformance<T>(options: SerializerConformanceOptions<T>): void {
  if (options.values.length === 0) throw new TypeError('The serializer kit needs values to write and read')
  const context = {
    create: options.create,
    values: options.values,
    equals: options.equalValues ?? [],
    beginnings: options.beginnings ?? [],
    invalid: options.invalidBytes ?? [],
    same: options.same,
    seed: options.seed ?? 1,
  }
  const supports = supportsOf(options)
  registerSuite<SerializerContext<T>>({
    kit: 'serializer',
    test: options.test,
    skip: options.skip,
    bound: options.bound ?? 15_000,
    groups: [formats, decoding, malformed, headers, keys, prefixes],
    capabilities: {
      keys: supports.keys,
      prefixes: supports.prefixes === true,
      invalidBytes: context.invalid.length > 0,
    },
    hooks: ['invalidBytes'],
    provide: (name, run) => run(createSerializerContext(context, name)),
  })
}

function supportsOf<T>(options: SerializerConformanceOptions<T>): SerializerSupports {
  if (options.supports !== undefined) return options.supports
  const serializer = options.create()
  if (!isPromise(serializer)) return serializer.supports
  throw new TypeError(
    'The serializer kit needs to know what is supported before its tests run: pass `supports`, or a `create` that is not async',
  )
}
