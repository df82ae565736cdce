import type { AgentSink } from '../agent/agent-definition.ts'
import { Topic } from '../stream/topic.ts'
import { Channel } from '../topic/channel.ts'
import type { Sink } from './options.ts'

/** A sink as the actor calls it. A topic gets results under the key and headers of the value in hand. */
export function agentSink(sink: Sink<unknown>): AgentSink {
  if (typeof sink === 'function') return (value) => sink(value)
  if (sink instanceof Channel) return (value) => sink.send(value)
  const topic: Topic<unknown, unknown> = sink
  return (value, source) => {
    const send = (): Promise<void> => topic.send({ key: source?.key ?? null, value, headers: source?.record.headers })
    // A serializer may have to be waited for, e.g. for its registry.
    const loading = source?.loadKey()
    return loading === undefined ? send() : loading.then(send)
  }
}

/** Whether it is something that can take results; JavaScript may give anything. */
export function isSink(given: unknown): boolean {
  return typeof given === 'function' || given instanceof Channel || given instanceof Topic
}
