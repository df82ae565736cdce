import { type Headers, NO_HEADERS } from '../../serializer/headers.ts'
import { FaustError } from '../../service/errors.ts'
import { isPromise } from '../../service/maybe-promise.ts'
import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { OutgoingRecord } from '../../transport/record.ts'
import type { Runtime } from '../runtime.ts'
import { begun, type Call } from '../task/call.ts'
import type { Delivery } from '../task/delivery.ts'
import type { Worker } from '../worker.ts'
import { encodeRecord } from './encode.ts'
import { placeOf } from './place.ts'
import type { RecordCoordinates } from './publisher.ts'
import type { RecordToSend } from './record-to-send.ts'

const DONE: Promise<void> = Promise.resolve()

/** Hands a record over inside a handler; outside one, waits for its acknowledgement. See `Topic.send`. */
export function send(runtime: Runtime, topic: TopicDefinition, record: RecordToSend): Promise<void> {
  const call = runtime.calls.getStore()
  try {
    return call === undefined ? publish(runtime, topic, record).then(() => {}) : sendFrom(call, runtime, topic, record)
  } catch (error) {
    return begun(Promise.reject(error))
  }
}

/** Sends and answers where the record stands. */
export async function publish(
  runtime: Runtime,
  topic: TopicDefinition,
  record: RecordToSend,
): Promise<RecordCoordinates> {
  const doing = `A record can't be sent to ${topic.name}`
  const call = runtime.calls.getStore()
  call?.check()
  const worker = call === undefined ? runtime.workerOutside(doing) : runtime.worker(doing)
  if (call !== undefined && worker.parts.settings.guarantee === 'exactly-once') throw waitsForCommit(topic.name)
  const known = worker.parts.topology.topics.get(topic.name)!
  const timestamp = record.timestamp ?? call?.current?.record.timestamp ?? worker.parts.clock.now()
  const headers = headersOf(worker, topic.name, record, call?.current)
  const pending = worker.encodings.of(encodeRecord(topic, record.key, record.value, headers, timestamp))
  const encoded = isPromise(pending) ? await pending : pending
  return worker.publisher.publish(topic.name, placeOf(known, encoded, record.partition), encoded)
}

function sendFrom(call: Call, runtime: Runtime, topic: TopicDefinition, record: RecordToSend): Promise<void> {
  call.check()
  const worker = runtime.worker(`A record can't be sent to ${topic.name}`)
  const known = worker.parts.topology.topics.get(topic.name)!
  const { current } = call
  call.wroteFor = current
  const timestamp = record.timestamp ?? current?.record.timestamp ?? worker.parts.clock.now()
  const headers = headersOf(worker, topic.name, record, current)
  const before = worker.encoding.get(topic.name)
  const pending = worker.encodings.of(encodeRecord(topic, record.key, record.value, headers, timestamp))
  const add = (encoded: OutgoingRecord): Promise<void> | undefined =>
    worker.outputs.add(current?.subscription.task, topic.name, placeOf(known, encoded, record.partition), encoded)
  if (before === undefined && !isPromise(pending)) return add(pending) ?? DONE
  // Records of a topic leave in the order of their sends, also when one of them has to wait for its serializer.
  current?.beginEffect()
  const work = Promise.all([pending, before?.catch(() => {})])
    .then(([encoded]) => {
      call.checkLease()
      return add(encoded)
    })
    .finally(() => {
      current?.endEffect()
      if (worker.encoding.get(topic.name) === work) worker.encoding.delete(topic.name)
    })
  worker.encoding.set(topic.name, work)
  return begun(work)
}

/** Those of the record, and where the app is traced what tells on whose behalf it was sent. */
function headersOf(worker: Worker, topic: string, record: RecordToSend, by: Delivery | undefined): Headers {
  const { headers = NO_HEADERS } = record
  const source = by?.span ?? worker.parts.sensor.trace
  return source === undefined ? headers : source.inject({ kind: 'send', topic, headers })
}

function waitsForCommit(topic: string): FaustError {
  return new FaustError(
    'FAUST_WAITS_FOR_COMMIT',
    `A handler can't publish to ${topic} under exactly-once: the record gets its place when the value in hand is ` +
      `committed, which waits for the handler. Use \`send\`.`,
    { details: { topic } },
  )
}
