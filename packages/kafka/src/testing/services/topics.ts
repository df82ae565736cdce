import { createTopicsApi } from '../../cluster/admin/create-topics.ts'
import { deleteTopicsApi } from '../../cluster/admin/delete-topics.ts'
import { describeConfigsApi } from '../../cluster/admin/describe-configs.ts'
import type { AnyService, Shared } from './service.ts'
import { service } from './service.ts'

const MISSING = 3
/** More copies are wanted than there are brokers. */
const TOO_MANY_REPLICAS = 38

/** What an admin does. Any node answers: it passes on what is the controller's. */
export function topicServices({ log, nodes }: Shared): readonly AnyService[] {
  return [
    service({
      api: createTopicsApi,
      serve: ({ topics }) => ({
        throttleTime: 0,
        topics: topics.map(({ name, partitions, replicas, config }) => {
          if (replicas > nodes.all.length) {
            return { name, error: TOO_MANY_REPLICAS, message: `more than there are brokers: ${nodes.all.length}` }
          }
          const [made] = log.createTopics([{ name, config, ...(partitions < 0 ? {} : { partitions }) }])
          return { name, error: made!.error, message: made!.message ?? null }
        }),
      }),
      refuse: ({ topics }, error) => ({
        throttleTime: 0,
        topics: topics.map(({ name }) => ({ name, error, message: null })),
      }),
    }),
    service({
      api: deleteTopicsApi,
      serve: ({ names }) => ({
        throttleTime: 0,
        topics: log.deleteTopics(names).map(({ name, error }) => ({ name, error, message: null })),
      }),
      refuse: ({ names }, error) => ({
        throttleTime: 0,
        topics: names.map((name) => ({ name, error, message: null })),
      }),
    }),
    service({
      api: describeConfigsApi,
      serve({ topics }) {
        const known = new Map(log.describeTopics(topics).map(({ name, config }) => [name, config]))
        return {
          throttleTime: 0,
          topics: topics.map((name) => {
            const config = known.get(name)
            return { name, error: config === undefined ? MISSING : 0, message: null, config: config ?? {} }
          }),
        }
      },
      refuse: ({ topics }, error) => ({
        throttleTime: 0,
        topics: topics.map((name) => ({ name, error, message: null, config: {} })),
      }),
    }),
  ]
}
