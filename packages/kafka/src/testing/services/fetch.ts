import { Buffer } from 'node:buffer'
import { isPromise } from '@faust/core'
import { fetchApi } from '../../requests/fetch.ts'
import type { FetchedPartition, FetchPartition, FetchRequest, FetchResponse } from '../../requests/fetch.ts'
import type { FetchSessions } from './fetch-sessions.ts'
import type { AnyService, Caller, Shared } from './service.ts'
import { service } from './service.ts'
import { storedBatches } from './stored-batches.ts'

/** One look at everything that was asked for. */
interface Look {
  readonly partitions: readonly FetchedPartition[]
  /** Behind what was read, by the place in `partitions`. */
  readonly next: readonly number[]
  readonly bytes: number
  readonly failed: boolean
}

/** How many bytes a partition may give. */
interface Bounds {
  readonly limit: number
  /** Whether a first batch that is larger comes all the same. */
  readonly atLeastOne: boolean
}

/** Reading, with sessions and waiting as a node does it. */
export function fetchService(shared: Shared, sessionsOf: (node: number) => FetchSessions): AnyService {
  const { clock } = shared
  const fetch = async (request: FetchRequest, caller: Caller): Promise<FetchResponse> => {
    const { error, sessionId, partitions, told } = sessionsOf(caller.node).open(request)
    if (error !== 0) return { throttleTime: 0, error, sessionId, partitions: [] }
    const deadline = clock.monotonic() + request.maxWait
    for (;;) {
      const look = lookAt(shared, request, partitions, caller.node)
      const left = deadline - clock.monotonic()
      const enough = look.failed || partitions.length === 0 || look.bytes >= request.minBytes
      if (enough || left <= 0 || caller.signal.aborted) {
        return { throttleTime: 0, error: 0, sessionId, partitions: told(look.partitions) }
      }
      await change(shared, request, partitions, look.next, left, caller.signal)
    }
  }
  return service({
    api: fetchApi,
    serve: fetch,
    // Of single partitions only the node's own look can tell, as the request names no more than what has changed.
    refuse: ({ partitions, sessionEpoch }, error) =>
      isOfSession(error) || sessionEpoch > 0
        ? { throttleTime: 0, error: isOfSession(error) ? error : 70, sessionId: 0, partitions: [] }
        : { throttleTime: 0, error: 0, sessionId: 0, partitions: partitions.map((each) => failed(each, error)) },
    concerns: ({ partitions }) => partitions[0],
  })
}

/** Unknown session, wrong epoch, topic ids that differ. */
function isOfSession(error: number): boolean {
  return error === 70 || error === 71 || error === 106
}

function lookAt(shared: Shared, request: FetchRequest, places: readonly FetchPartition[], node: number): Look {
  const partitions: FetchedPartition[] = []
  const next: number[] = []
  let bytes = 0
  for (const place of places) {
    // The first that has records gives at least one batch, whatever its size.
    const bounds = { limit: Math.min(place.maxBytes, request.maxBytes - bytes), atLeastOne: bytes === 0 }
    const { read, behind } = lookAtOne(shared, request, place, node, bounds)
    partitions.push(read)
    next.push(behind)
    bytes += read.records?.length ?? 0
  }
  return { partitions, next, bytes, failed: partitions.some(({ error }) => error !== 0) }
}

function lookAtOne(
  { log, leadership }: Shared,
  { isolation }: FetchRequest,
  place: FetchPartition,
  node: number,
  bounds: Bounds,
): { readonly read: FetchedPartition; readonly behind: number } {
  const { topic, partition, offset } = place
  const error = leadership.refusal(place, node, place.leaderEpoch)
  if (error !== 0) return { read: failed(place, error), behind: offset }
  const maxBytes = Math.max(1, bounds.limit)
  const stored = log.readSpans({ topic, partition, offset, isolation, maxBytes })
  if (stored.error !== 0) return { read: failed(place, stored.error), behind: offset }
  const records = cut(storedBatches(stored, offset, maxBytes, leadership), bounds)
  const isCommitted = isolation === 'read-committed'
  const aborted = stored.aborted.map(({ producerId, firstOffset }) => {
    return { producerId: BigInt(producerId), firstOffset }
  })
  return {
    read: {
      topic,
      partition,
      error: 0,
      highWatermark: stored.highWatermark,
      lastStable: isCommitted ? stored.lastStable : -1,
      logStart: stored.logStart,
      aborted: isCommitted ? aborted : null,
      preferredReplica: -1,
      records,
    },
    behind: stored.nextOffset,
  }
}

/** As many bytes as may be given, the last batch cut off in the midst. The first comes whole or, without room for it, none. */
function cut(batches: readonly Uint8Array[], { limit, atLeastOne }: Bounds): Uint8Array {
  const first = batches[0]?.length ?? 0
  if (first > limit) return (atLeastOne ? batches[0] : undefined) ?? new Uint8Array(0)
  return Buffer.concat(batches).subarray(0, limit)
}

/** Waits until there may be more, or another leader, for at most `left` ms. */
async function change(
  { log, leadership }: Shared,
  { isolation }: FetchRequest,
  places: readonly FetchPartition[],
  next: readonly number[],
  left: number,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController()
  const end = (): void => over.abort()
  const unwatch = leadership.watch(end)
  signal.addEventListener('abort', end, { once: true })
  try {
    const partitions = places.map(({ topic, partition }, index) => ({
      topic,
      partition,
      offset: next[index] as number,
    }))
    const answer = log.fetch({ isolation, partitions, maxWait: left, maxRecords: 1, maxBytes: 1, signal: over.signal })
    if (isPromise(answer)) await answer
  } finally {
    unwatch()
    signal.removeEventListener('abort', end)
  }
}

function failed({ topic, partition }: FetchPartition, error: number): FetchedPartition {
  const ends = { highWatermark: -1, lastStable: -1, logStart: -1 }
  return { topic, partition, error, ...ends, aborted: null, preferredReplica: -1, records: null }
}
