import { defineApi, type Api } from '../../requests/api.ts'

/** A topic to create. */
export interface TopicToCreate {
  readonly name: string
  /** -1 for the broker's default (KIP-464). */
  readonly partitions: number
  /** -1 for the broker's default. */
  readonly replicas: number
  readonly config: Readonly<Record<string, string>>
}

export interface CreateTopicsRequest {
  readonly topics: readonly TopicToCreate[]
  /** Ms that the broker waits for the controller. */
  readonly timeout: number
}

/** What became of one topic. */
export interface TopicOutcome {
  readonly name: string
  /** 0; 36 where it exists; to be repeated: 7, 41, 89; refused: 17, 29, 37, 38, 40, 42, 44. */
  readonly error: number
  readonly message: string | null
}

export interface CreateTopicsResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  readonly topics: readonly TopicOutcome[]
}

/** Version 4: defaults of the broker. Kafka 2.8 has up to 7, 4.x from 2. */
export const createTopicsApi: Api<CreateTopicsRequest, CreateTopicsResponse> = defineApi({
  name: 'CreateTopics',
  key: 19,
  version: 4,
  flexible: false,

  writeRequest(to, { topics, timeout }) {
    to.array(topics, ({ name, partitions, replicas, config }) => {
      to.string(name)
      to.int32(partitions)
      to.int16(replicas)
      // Which broker has which replica: its own choice.
      to.array([], () => {})
      to.array(Object.entries(config), ([setting, value]) => {
        to.string(setting)
        to.string(value)
      })
    })
    to.int32(timeout)
    // Only to validate.
    to.boolean(false)
  },

  readRequest(from) {
    const topics = from.array(() => {
      const head = { name: from.string(), partitions: from.int32(), replicas: from.int16() }
      from.array(() => [from.int32(), from.array(() => from.int32())])
      return { ...head, config: Object.fromEntries(from.array(() => [from.string(), from.string()] as const)) }
    })
    const timeout = from.int32()
    from.boolean()
    return { topics, timeout }
  },

  writeResponse(to, { throttleTime, topics }) {
    to.int32(throttleTime)
    to.array(topics, ({ name, error, message }) => {
      to.string(name)
      to.int16(error)
      to.string(message)
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    topics: from.array(() => ({ name: from.string(), error: from.int16(), message: from.nullableString() })),
  }),
})
