import { ByteReader } from '../wire/byte-reader.ts'
import { ByteWriter } from '../wire/byte-writer.ts'

/**
 * One API of Kafka at one version (https://kafka.apache.org/protocol#protocol_messages). What is encoded is the body. The
 * header before it is the business of whoever has the connection: `flexible` says which one it has to be (header.ts).
 */
export interface Api<Request, Response> {
  /** As Kafka calls it. */
  readonly name: string
  readonly key: number
  readonly version: number
  /**
   * Request header 2 and response header 1, which end with tagged fields, instead of 1 and 0 (KIP-482). A client that
   * always writes the latter, as kafkajs does, is handed `withHeaderTags` of the body and gives an answer for
   * `withoutHeaderTags`.
   */
  readonly flexible: boolean
  encode(request: Request): Uint8Array
  /** `FAUST_ANSWER_INVALID` when the bytes are no such answer. Errors of the broker are fields of it. */
  decode(bytes: Uint8Array): Response
  /** The broker's side. */
  decodeRequest(bytes: Uint8Array): Request
  /** The broker's side. */
  encodeResponse(response: Response): Uint8Array
}

/** How the bodies of an API are built, without the tagged fields at their ends. */
export interface ApiDefinition<Request, Response> {
  readonly name: string
  readonly key: number
  readonly version: number
  readonly flexible: boolean
  writeRequest(to: ByteWriter, request: Request): void
  readRequest(from: ByteReader): Request
  writeResponse(to: ByteWriter, response: Response): void
  readResponse(from: ByteReader): Response
  /** Bytes that a large request is expected to take. */
  requestSize?(request: Request): number
}

export function defineApi<Request, Response>(definition: ApiDefinition<Request, Response>): Api<Request, Response> {
  const { name, key, version, flexible } = definition
  const finish = (writer: ByteWriter): Uint8Array => {
    if (flexible) writer.noTags()
    return writer.done()
  }
  const finished = <T>(reader: ByteReader, value: T): T => {
    if (flexible) reader.tags()
    reader.end()
    return value
  }
  return {
    name,
    key,
    version,
    flexible,
    encode(request) {
      const writer = new ByteWriter(definition.requestSize?.(request))
      definition.writeRequest(writer, request)
      return finish(writer)
    },
    decode(bytes) {
      const reader = new ByteReader(bytes, `An answer to ${name} ${version}`)
      return finished(reader, definition.readResponse(reader))
    },
    decodeRequest(bytes) {
      const reader = new ByteReader(bytes, `A request ${name} ${version}`)
      return finished(reader, definition.readRequest(reader))
    },
    encodeResponse(response) {
      const writer = new ByteWriter()
      definition.writeResponse(writer, response)
      return finish(writer)
    },
  }
}
