import type { Serializer } from '../../serializer/serializer.ts'
import { SERIALIZER_CONTRACT } from '../../serializer/serializer.ts'
import { isPromise } from '../../service/maybe-promise.ts'
import { readTime, writeTime } from '../windows/window-keys.ts'

/** A value with when it was written last, and when its key is looked at; both in epoch ms. */
export interface Expiring {
  readonly value: unknown
  readonly writtenAt: number
  readonly timer: number | undefined
}

const HEAD = 16

/** The two times, eight bytes each, and the value by its own format. */
export function expiringSerializer(value: Serializer<unknown>): Serializer<unknown> {
  return {
    name: value.name,
    contract: SERIALIZER_CONTRACT,
    supports: { keys: false },
    encode(stored, context) {
      const { timer, value: inner, writtenAt } = stored as Expiring
      const put = (encoded: Uint8Array): Uint8Array => {
        const bytes = new Uint8Array(HEAD + encoded.length)
        writeTime(bytes, 0, writtenAt)
        writeTime(bytes, 8, timer ?? 0)
        bytes.set(encoded, HEAD)
        return bytes
      }
      const encoded = value.encode(inner, context)
      return isPromise(encoded) ? encoded.then(put) : put(encoded)
    },
    check: (stored, context) => value.check?.((stored as Expiring).value, context),
    decode(bytes, context) {
      const times = { writtenAt: readTime(bytes, 0), timer: readTime(bytes, 8) }
      const decoded = value.decode(bytes.subarray(HEAD), context)
      return isPromise(decoded) ? decoded.then((inner) => ({ ...times, value: inner })) : { ...times, value: decoded }
    },
  }
}
