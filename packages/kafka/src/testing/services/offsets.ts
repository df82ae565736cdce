import type { OffsetToCommit, TopicPartition } from '@faust/core'
import { offsetCommitApi } from '../../requests/offset-commit.ts'
import type { OffsetToStore } from '../../requests/offset-commit.ts'
import { offsetFetchApi } from '../../requests/offset-fetch.ts'
import type { FetchedOffset } from '../../requests/offset-fetch.ts'
import { txnOffsetCommitApi } from '../../requests/txn-offset-commit.ts'
import { memberOf, ofCoordinator } from './groups.ts'
import type { AnyService, Shared } from './service.ts'

/** What groups have committed. */
export function offsetServices(shared: Shared): readonly AnyService[] {
  const { log } = shared
  const everything = (): readonly TopicPartition[] =>
    log.describeTopics().flatMap(({ name: topic, partitions }) => {
      return Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
    })
  return [
    ofCoordinator(shared, {
      api: offsetCommitApi,
      serve: (request) => ({
        throttleTime: 0,
        partitions: log.commitOffsets({ ...memberOf(request), offsets: request.offsets.map(toCommit) }),
      }),
      refuse: ({ offsets }, error) => ({ throttleTime: 0, partitions: offsets.map((each) => failed(each, error)) }),
    }),
    ofCoordinator(shared, {
      api: txnOffsetCommitApi,
      serve: (request) => ({
        throttleTime: 0,
        partitions: log.txnOffsetCommit({
          ...memberOf(request),
          producerId: Number(request.producerId),
          offsets: request.offsets.map(toCommit),
        }),
      }),
      refuse: ({ offsets }, error) => ({ throttleTime: 0, partitions: offsets.map((each) => failed(each, error)) }),
    }),
    ofCoordinator(shared, {
      api: offsetFetchApi,
      serve({ group, partitions, requireStable }) {
        const found = log.fetchOffsets(group, partitions ?? everything(), { requireStable }).map(fetched)
        const told = partitions === null ? found.filter(({ offset, error }) => offset >= 0 || error !== 0) : found
        return { throttleTime: 0, error: 0, partitions: told }
      },
      refuse: (_, error) => ({ throttleTime: 0, error, partitions: [] }),
    }),
  ]
}

function toCommit({ metadata, ...rest }: OffsetToStore): OffsetToCommit {
  return { ...rest, metadata: metadata ?? '' }
}

function fetched({
  offset,
  ...rest
}: Omit<FetchedOffset, 'offset'> & { readonly offset: number | null }): FetchedOffset {
  return { ...rest, offset: offset ?? -1 }
}

function failed({ topic, partition }: TopicPartition, error: number) {
  return { topic, partition, error }
}
