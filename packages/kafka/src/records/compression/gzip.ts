import { gunzipSync, gzipSync } from 'node:zlib'
import { asPlain } from '../../wire/allocate.ts'
import type { Codec } from './codec.ts'

/** Node's own. Reads several members in a row too, as Java does. */
export const gzipCodec: Codec = {
  compress: (bytes) => asPlain(gzipSync(bytes)),
  decompress: (bytes, maxSize) => asPlain(gunzipSync(bytes, { maxOutputLength: maxSize })),
}
