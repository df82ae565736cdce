import type { MaybePromise } from '../service/maybe-promise.ts'
import { checkContract } from '../service/contracts.ts'
import { isPromise } from '../service/maybe-promise.ts'
import type { DecodeContext, EncodeContext, Serializer } from './serializer.ts'
import { SERIALIZER_CONTRACT } from './serializer.ts'

/**
 * A serializer and layers of bytes over it: `compose(json(Order), gzip())` encodes from left to right and decodes from
 * right to left. It serves as a key when every part does, and answers at once when every part does.
 */
export function compose<T>(first: Serializer<T>, ...layers: readonly Serializer<Uint8Array>[]): Serializer<T> {
  for (const part of [first, ...layers]) checkContract('serializer', part, SERIALIZER_CONTRACT)
  return {
    name: [first, ...layers].map((part) => part.name).join('|'),
    contract: SERIALIZER_CONTRACT,
    supports: { keys: first.supports.keys && layers.every((layer) => layer.supports.keys) },
    encode: (value, context) => encodeFrom(layers, 0, first.encode(value, context), context),
    check: (value, context) => first.check?.(value, context),
    decode: (encoded, context) => {
      const inner = decodeFrom(layers, layers.length - 1, encoded, context)
      return isPromise(inner) ? inner.then((bytes) => first.decode(bytes, context)) : first.decode(inner, context)
    },
  }
}

function encodeFrom(
  layers: readonly Serializer<Uint8Array>[],
  index: number,
  start: MaybePromise<Uint8Array>,
  context: EncodeContext,
): MaybePromise<Uint8Array> {
  let current = start
  for (let i = index; i < layers.length; i++) {
    if (isPromise(current)) return current.then((bytes) => encodeFrom(layers, i, bytes, context))
    current = layers[i]!.encode(current, context)
  }
  return current
}

function decodeFrom(
  layers: readonly Serializer<Uint8Array>[],
  index: number,
  start: MaybePromise<Uint8Array>,
  context: DecodeContext,
): MaybePromise<Uint8Array> {
  let current = start
  for (let i = index; i >= 0; i--) {
    if (isPromise(current)) return current.then((bytes) => decodeFrom(layers, i, bytes, context))
    current = layers[i]!.decode(current, context)
  }
  return current
}
