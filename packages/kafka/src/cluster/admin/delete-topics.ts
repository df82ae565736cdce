import { defineApi, type Api } from '../../requests/api.ts'
import type { TopicOutcome } from './create-topics.ts'

export interface DeleteTopicsRequest {
  readonly names: readonly string[]
  /** Ms that the broker waits for the controller. */
  readonly timeout: number
}

export interface DeleteTopicsResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  /** Errors: 0; 3 where it does not exist; to be repeated: 7, 41, 89; refused: 29, 73 (switched off). No messages. */
  readonly topics: readonly TopicOutcome[]
}

/** Version 3. Kafka 2.8 has up to 6, 4.x from 1. */
export const deleteTopicsApi: Api<DeleteTopicsRequest, DeleteTopicsResponse> = defineApi({
  name: 'DeleteTopics',
  key: 20,
  version: 3,
  flexible: false,

  writeRequest(to, { names, timeout }) {
    to.array(names, (name) => to.string(name))
    to.int32(timeout)
  },

  readRequest: (from) => ({ names: from.array(() => from.string()), timeout: from.int32() }),

  writeResponse(to, { throttleTime, topics }) {
    to.int32(throttleTime)
    to.array(topics, ({ name, error }) => {
      to.string(name)
      to.int16(error)
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    topics: from.array(() => ({ name: from.string(), error: from.int16(), message: null })),
  }),
})
