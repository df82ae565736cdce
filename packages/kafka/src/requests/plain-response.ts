import type { ByteReader } from '../wire/byte-reader.ts'
import type { ByteWriter } from '../wire/byte-writer.ts'

/** The answer of APIs that only say whether it went well. */
export interface PlainResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  /** 0, or what went wrong; the API's file says what it can be. */
  readonly error: number
}

export function writePlainResponse(to: ByteWriter, { throttleTime, error }: PlainResponse): void {
  to.int32(throttleTime)
  to.int16(error)
}

export function readPlainResponse(from: ByteReader): PlainResponse {
  return { throttleTime: from.int32(), error: from.int16() }
}
