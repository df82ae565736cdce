import type { Clock, EmbeddedLog, MaybePromise, TopicPartition } from '@faust/core'
import type { Api } from '../../requests/api.ts'
import type { CoordinatorKind } from '../../requests/find-coordinator.ts'
import type { Coordination } from '../coordination.ts'
import type { Leadership } from '../leadership.ts'
import type { Nodes } from '../nodes.ts'

/** What all nodes of a double share. */
export interface Shared {
  readonly log: EmbeddedLog
  readonly clock: Clock
  readonly nodes: Nodes
  readonly leadership: Leadership
  readonly coordination: Coordination
}

/** Who asks, and whom. */
export interface Caller {
  readonly node: number
  readonly clientId: string
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** What has one node that is right for it. */
export type Concern = TopicPartition | { readonly kind: CoordinatorKind; readonly key: string }

/** How a node answers one API. */
export interface Service<Request, Response> {
  readonly api: Api<Request, Response>
  serve(request: Request, caller: Caller): MaybePromise<Response>
  /** The answer that says `error` for everything that was asked. */
  refuse(request: Request, error: number): Response
  /** What decides which node has to be asked. Absent: any node answers. */
  concerns?(request: Request): Concern | undefined
}

/** A service among others: what it takes, its own API has encoded. */
export type AnyService = Service<unknown, unknown>

/** Takes off the types, which differ from API to API. */
export function service<Request, Response>(own: Service<Request, Response>): AnyService {
  return own
}
