import { defineApi, type Api } from '../../requests/api.ts'

/** The kind of resource that a topic is; others are not asked about. */
const TOPIC = 2
/** Where a value comes from: unknown. */
const SOURCE = 0

export interface DescribeConfigsRequest {
  /** Names of topics, all settings of which are asked for. */
  readonly topics: readonly string[]
}

/** The settings of one topic. */
export interface TopicConfig {
  readonly name: string
  /** 0; 3 where it does not exist; 29. */
  readonly error: number
  readonly message: string | null
  /** Defaults included. Settings without a value are left out. */
  readonly config: Readonly<Record<string, string>>
}

export interface DescribeConfigsResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  readonly topics: readonly TopicConfig[]
}

/** Version 2. Kafka 2.8 has up to 4, 4.x from 1. */
export const describeConfigsApi: Api<DescribeConfigsRequest, DescribeConfigsResponse> = defineApi({
  name: 'DescribeConfigs',
  key: 32,
  version: 2,
  flexible: false,

  writeRequest(to, { topics }) {
    to.array(topics, (name) => {
      to.int8(TOPIC)
      to.string(name)
      // Which settings: all.
      to.array(null, () => {})
    })
    // Whether to tell where each would come from otherwise.
    to.boolean(false)
  },

  readRequest(from) {
    const topics = from.array(() => {
      from.int8()
      const name = from.string()
      from.nullableArray(() => from.string())
      return name
    })
    from.boolean()
    return { topics }
  },

  writeResponse(to, { throttleTime, topics }) {
    to.int32(throttleTime)
    to.array(topics, ({ name, error, message, config }) => {
      to.int16(error)
      to.string(message)
      to.int8(TOPIC)
      to.string(name)
      to.array(Object.entries(config), ([setting, value]) => {
        to.string(setting)
        to.string(value)
        to.boolean(false)
        to.int8(SOURCE)
        to.boolean(false)
        to.array([], () => {})
      })
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    topics: from.array(() => {
      const error = from.int16()
      const message = from.nullableString()
      from.int8()
      const name = from.string()
      const settings = from.array(() => {
        const setting = [from.string(), from.nullableString()] as const
        from.boolean()
        from.int8()
        from.boolean()
        from.array(() => [from.string(), from.nullableString(), from.int8()])
        return setting
      })
      const known = settings.filter((setting): setting is [string, string] => setting[1] !== null)
      return { name, error, message, config: Object.fromEntries(known) }
    }),
  }),
})
