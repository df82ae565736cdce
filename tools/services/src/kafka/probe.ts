import { ask } from '../net/ask.ts'

const API_VERSIONS = 18
const METADATA = 3
/** Correlation id and client id are of no use with one request a connection. */
const CLIENT_ID = 'probe'
const LENGTH_BYTES = 4

/** A request of a version before the flexible ones: length, header, body. */
function frame(apiKey: number, apiVersion: number, body: readonly number[]): Buffer {
  const head = Buffer.alloc(LENGTH_BYTES + 10)
  head.writeInt32BE(10 + CLIENT_ID.length + body.length, 0)
  head.writeInt16BE(apiKey, 4)
  head.writeInt16BE(apiVersion, 6)
  head.writeInt16BE(CLIENT_ID.length, 12)
  return Buffer.concat([head, Buffer.from(CLIENT_ID), Buffer.from(body)])
}

function isWhole(answer: Buffer): boolean {
  return answer.length >= LENGTH_BYTES && answer.length >= LENGTH_BYTES + answer.readInt32BE(0)
}

/** Whether a broker answers an ApiVersions request without an error: it speaks Kafka, and to us. */
export async function speaksKafka(address: string): Promise<boolean> {
  const answer = await ask(address, frame(API_VERSIONS, 0, []), isWhole)
  const errorCode = answer?.readInt16BE(LENGTH_BYTES + 4)
  return errorCode === 0
}

/** The ids of the brokers that are registered and not fenced, as the broker at `address` sees it. */
export async function liveBrokers(address: string): Promise<number[]> {
  // Version 4: no topics wanted, none created.
  const answer = await ask(address, frame(METADATA, 4, [0, 0, 0, 0, 0]), isWhole)
  if (answer === undefined) return []
  let at = LENGTH_BYTES + 4 + 4 // correlation id, throttle time
  const ids: number[] = []
  const count = answer.readInt32BE(at)
  at += 4
  for (let broker = 0; broker < count; broker += 1) {
    ids.push(answer.readInt32BE(at))
    at += 4
    at += 2 + answer.readInt16BE(at) // host
    at += 4 // port
    at += 2 + Math.max(0, answer.readInt16BE(at)) // rack, -1 when there is none
  }
  return ids.sort((a, b) => a - b)
}
