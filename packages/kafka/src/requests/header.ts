import { ByteReader } from '../wire/byte-reader.ts'
import type { Api } from './api.ts'

/** What a header has to know of an API. */
type Named = Pick<Api<unknown, unknown>, 'name' | 'version' | 'flexible'>

/**
 * For clients that write request header 1 before every body (kafkajs does): the body behind the empty tagged fields with
 * which header 2 of a flexible API ends. A broker double does the same to its answers.
 */
export function withHeaderTags(api: Named, body: Uint8Array): Uint8Array {
  if (!api.flexible) return body
  const bytes = new Uint8Array(body.length + 1)
  bytes.set(body, 1)
  return bytes
}

/** For clients that take response header 0 off every answer: the body behind the tagged fields of response header 1. */
export function withoutHeaderTags(api: Named, answer: Uint8Array): Uint8Array {
  if (!api.flexible) return answer
  const reader = new ByteReader(answer, `The header of an answer to ${api.name} ${api.version}`)
  reader.tags()
  return reader.rest()
}
