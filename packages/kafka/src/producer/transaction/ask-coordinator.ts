import { QUICK, SLOW } from '../../cluster/backoff.ts'
import { Deadline } from '../../cluster/deadline.ts'
import { retry, TryAgain } from '../../cluster/retry.ts'
import { neverSent } from '../../connection/faults.ts'
import type { Api } from '../../requests/api.ts'
import { brokerFault } from '../../requests/broker-fault.ts'
import { KAFKA } from '../../requests/error-codes.ts'
import type { CoordinatorKind } from '../../requests/find-coordinator.ts'
import type { ProducerCluster } from '../producer-cluster.ts'

/** How a coordinator is asked. */
export interface CoordinatorAsk<Response> {
  readonly kind: CoordinatorKind
  readonly key: string
  /** For messages, e.g. `Committing the transaction of producer "a"`. */
  readonly what: string
  /** Ms for all tries together. */
  readonly within: number
  readonly errorOf: (answer: Response) => number
  readonly signal: AbortSignal
  /** A try was not answered: the broker may carry it out now, later or never. */
  readonly onLost: () => void
  /** A try was answered by an error that does not say whether it was carried out. */
  readonly onUnsure?: (() => void) | undefined
}

/** Another broker coordinates. What was asked may have been written before. */
const MOVED: ReadonlySet<number> = new Set([KAFKA.COORDINATOR_NOT_AVAILABLE, KAFKA.NOT_COORDINATOR])
/** Part of the time that one try may take … */
const SHARE = 1 / 3
/** … but at least, and at most, ms. */
const [SHORTEST, LONGEST] = [1_000, 30_000]

/**
 * Sends to a coordinator, following it, until it says something that counts. Unlike `Cluster.sendToCoordinator` it tells of
 * each try that was lost: with the protocol before KIP-890 such a request may arrive in the next transaction.
 */
export function askCoordinator<Request, Response>(
  cluster: ProducerCluster,
  api: Api<Request, Response>,
  request: Request,
  ask: CoordinatorAsk<Response>,
): Promise<Response> {
  const { kind, key, what, within, errorOf, signal, onLost, onUnsure } = ask
  const deadline = new Deadline(cluster.clock, within, signal)
  const longest = Math.min(Math.max(within * SHARE, SHORTEST), LONGEST)
  return retry(cluster.clock, what, deadline, async () => {
    const node = await cluster.coordinator(kind, key, { within: deadline.left, signal })
    const timeout = Math.max(Math.min(longest, deadline.left), 1)
    const answer = await cluster.connection
      .send(node, 'control', api, request, { timeout, signal })
      .catch((error: unknown) => {
        if (!neverSent(error)) onLost()
        cluster.forgetCoordinator(kind, key, node)
        throw error
      })
    const code = errorOf(answer)
    // The transaction before is being ended, which takes a few ms.
    const isEnding = code === KAFKA.CONCURRENT_TRANSACTIONS
    const again = (): TryAgain => new TryAgain(brokerFault(code, { subject: what }), isEnding ? QUICK : SLOW)
    if (isEnding || code === KAFKA.COORDINATOR_LOAD_IN_PROGRESS) return again()
    if (!MOVED.has(code)) return answer
    onUnsure?.()
    cluster.forgetCoordinator(kind, key, node)
    return again()
  })
}
