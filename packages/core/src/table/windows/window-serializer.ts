import type { Serializer } from '../../serializer/serializer.ts'
import { SERIALIZER_CONTRACT } from '../../serializer/serializer.ts'
import { FaustError } from '../../service/errors.ts'
import { isPromise } from '../../service/maybe-promise.ts'
import type { Windowed } from '../../window/window.ts'
import { readTime, writeTime } from './window-keys.ts'
import { counted } from '../../service/counted.ts'

const HEAD = 16

/** A window with its value as bytes: its start and its end, eight bytes each, and the value by the table's own format. */
export function windowSerializer(value: Serializer<unknown>): Serializer<unknown> {
  return {
    name: `window of ${value.name}`,
    contract: SERIALIZER_CONTRACT,
    supports: { keys: false },
    encode(windowed, context) {
      const { window, value: inner } = windowed as Windowed<unknown>
      const put = (encoded: Uint8Array): Uint8Array => {
        const bytes = new Uint8Array(HEAD + encoded.length)
        writeTime(bytes, 0, window.start)
        writeTime(bytes, 8, window.end)
        bytes.set(encoded, HEAD)
        return bytes
      }
      const encoded = value.encode(inner, context)
      return isPromise(encoded) ? encoded.then(put) : put(encoded)
    },
    check: (windowed, context) => value.check?.((windowed as Windowed<unknown>).value, context),
    decode(bytes, context) {
      if (bytes.length < HEAD) {
        throw new FaustError(
          'FAUST_DECODE',
          `has ${counted(bytes.length, 'byte')}, too few for a window with its value`,
        )
      }
      const window = { start: readTime(bytes, 0), end: readTime(bytes, 8) }
      const decoded = value.decode(bytes.subarray(HEAD), context)
      return isPromise(decoded) ? decoded.then((inner) => ({ window, value: inner })) : { window, value: decoded }
    },
  }
}
