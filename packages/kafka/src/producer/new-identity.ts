import { initProducerIdApi } from '../requests/init-producer-id.ts'
import { producerFault } from './faults.ts'
import type { ProducerIdentity } from './identity.ts'
import type { ProducerCluster } from './producer-cluster.ts'
import type { ResolvedSettings } from './settings.ts'

/** Ms. */
const WITHIN = 60_000

/** An identity without transactions: any broker gives one, and each is new. */
export async function newIdentity(
  cluster: ProducerCluster,
  { transactionTimeout }: ResolvedSettings,
  signal: AbortSignal,
): Promise<ProducerIdentity> {
  const request = { transactionalId: null, transactionTimeout, producerId: -1n, producerEpoch: -1 }
  const { error, producerId, producerEpoch } = await cluster.sendToAny(initProducerIdApi, request, {
    what: 'Initialising a producer',
    within: WITHIN,
    errorOf: (answer) => answer.error,
    signal,
  })
  if (error !== 0) throw producerFault('A producer', error)
  return { producerId, producerEpoch }
}
