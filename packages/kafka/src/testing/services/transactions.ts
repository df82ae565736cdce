import { addOffsetsToTxnApi } from '../../requests/add-offsets-to-txn.ts'
import { addPartitionsToTxnApi } from '../../requests/add-partitions-to-txn.ts'
import { endTxnApi } from '../../requests/end-txn.ts'
import { initProducerIdApi } from '../../requests/init-producer-id.ts'
import type { AnyService, Service, Shared } from './service.ts'
import { service } from './service.ts'

const MISSING = 3
/** Another partition was refused, so this one was not tried. */
const NOT_ATTEMPTED = 55

/** Producer ids and transactions. */
export function transactionServices(shared: Shared): readonly AnyService[] {
  const { log, coordination } = shared
  const refusedInit = (error: number) => ({ throttleTime: 0, error, producerId: -1n, producerEpoch: -1 })
  return [
    service({
      api: initProducerIdApi,
      serve({ transactionalId, transactionTimeout, producerId, producerEpoch }, { node }) {
        const error = transactionalId === null ? 0 : coordination.refusal('transaction', transactionalId, node)
        if (error !== 0) return refusedInit(error)
        const answer = log.initProducerId({
          transactionalId: transactionalId ?? undefined,
          transactionTimeout,
          producerId: Number(producerId),
          producerEpoch,
        })
        return { throttleTime: 0, ...answer, producerId: BigInt(answer.producerId) }
      },
      refuse: (_, error) => refusedInit(error),
      concerns: ({ transactionalId: key }) => (key === null ? undefined : { kind: 'transaction', key }),
    }),
    ofCoordinator(shared, {
      api: addPartitionsToTxnApi,
      serve(request) {
        const { partitions } = request
        const error = log.addPartitionsToTxn({ ...request, producerId: Number(request.producerId) })
        const isMissing = partitions.map((place) => log.listOffsets([place])[0]?.error === MISSING)
        return {
          throttleTime: 0,
          partitions: partitions.map(({ topic, partition }, index) => {
            const own = error === MISSING && isMissing[index] === false ? NOT_ATTEMPTED : error
            return { topic, partition, error: own }
          }),
        }
      },
      refuse: ({ partitions }, error) => ({
        throttleTime: 0,
        partitions: partitions.map(({ topic, partition }) => ({ topic, partition, error })),
      }),
    }),
    ofCoordinator(shared, {
      api: addOffsetsToTxnApi,
      serve: (request) => ({
        throttleTime: 0,
        error: log.addOffsetsToTxn({ ...request, producerId: Number(request.producerId) }),
      }),
      refuse: (_, error) => ({ throttleTime: 0, error }),
    }),
    ofCoordinator(shared, {
      api: endTxnApi,
      serve: (request) => ({
        throttleTime: 0,
        error: log.endTxn({ ...request, producerId: Number(request.producerId) }),
      }),
      refuse: (_, error) => ({ throttleTime: 0, error }),
    }),
  ]
}

/** A service that only the coordinator of the transactional id gives. */
function ofCoordinator<Request extends { readonly transactionalId: string }, Response>(
  { coordination }: Shared,
  own: Omit<Service<Request, Response>, 'concerns'>,
): AnyService {
  return service<Request, Response>({
    ...own,
    concerns: ({ transactionalId }) => ({ kind: 'transaction', key: transactionalId }),
    serve(request, caller) {
      const error = coordination.refusal('transaction', request.transactionalId, caller.node)
      return error === 0 ? own.serve(request, caller) : own.refuse(request, error)
    },
  })
}
