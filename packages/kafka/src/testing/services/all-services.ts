import type { Codecs } from '../../records/compression/codec.ts'
import { boundsServices } from './bounds.ts'
import { fetchService } from './fetch.ts'
import type { FetchSessions } from './fetch-sessions.ts'
import { groupServices } from './groups.ts'
import { metadataServices } from './metadata.ts'
import { offsetServices } from './offsets.ts'
import { produceService } from './produce.ts'
import type { AnyService, Shared } from './service.ts'
import { topicServices } from './topics.ts'
import { transactionServices } from './transactions.ts'

/** Everything that a node answers, by the API's key. */
export function allServices(
  shared: Shared,
  codecs: Codecs,
  sessionsOf: (node: number) => FetchSessions,
): ReadonlyMap<number, AnyService> {
  const services = [
    produceService(shared, codecs),
    fetchService(shared, sessionsOf),
    ...boundsServices(shared),
    ...metadataServices(shared),
    ...groupServices(shared),
    ...offsetServices(shared),
    ...transactionServices(shared),
    ...topicServices(shared),
  ]
  return new Map(services.map((each) => [each.api.key, each]))
}
