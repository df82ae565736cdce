import { isPromise } from '@faust/core'
import type { MaybePromise } from '@faust/core'
import { heartbeatApi } from '../../requests/heartbeat.ts'
import { joinGroupApi } from '../../requests/join-group.ts'
import { leaveGroupApi } from '../../requests/leave-group.ts'
import { syncGroupApi } from '../../requests/sync-group.ts'
import type { AnyService, Service, Shared } from './service.ts'
import { service } from './service.ts'

const NOTHING = new Uint8Array(0)

/** Membership. A join or a sync that waits is answered with 16 when the group gets another coordinator. */
export function groupServices(shared: Shared): readonly AnyService[] {
  const { log } = shared
  return [
    ofCoordinator(shared, {
      api: joinGroupApi,
      async serve(request, { clientId }) {
        const { instanceId, ...rest } = request
        const known = { ...rest, instanceId: instanceId ?? undefined, clientId }
        const answer = await log.joinGroup({ ...known, requireKnownMemberId: true })
        const members = answer.members.map((each) => ({ ...each, instanceId: each.instanceId ?? null }))
        return { throttleTime: 0, ...answer, members }
      },
      refuse: ({ memberId }, error) => {
        return { throttleTime: 0, error, generation: -1, protocol: '', leader: '', memberId, members: [] }
      },
    }),
    ofCoordinator(shared, {
      api: syncGroupApi,
      async serve(request) {
        const assignments = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]))
        const { error, assignment } = await log.syncGroup({ ...memberOf(request), assignments })
        return { throttleTime: 0, error, assignment }
      },
      refuse: (_, error) => ({ throttleTime: 0, error, assignment: NOTHING }),
    }),
    ofCoordinator(shared, {
      api: heartbeatApi,
      serve: (request) => ({ throttleTime: 0, error: log.heartbeat(memberOf(request)) }),
      refuse: (_, error) => ({ throttleTime: 0, error }),
    }),
    ofCoordinator(shared, {
      api: leaveGroupApi,
      serve({ group, members }) {
        const leaving = members.map(({ memberId, instanceId }) => ({ memberId, instanceId: instanceId ?? undefined }))
        const errors = log.leaveGroup({ group, members: leaving })
        return {
          throttleTime: 0,
          error: 0,
          members: members.map((each, index) => ({ ...each, error: errors[index] as number })),
        }
      },
      refuse: (_, error) => ({ throttleTime: 0, error, members: [] }),
    }),
  ]
}

/** Who asks, as the log takes it. */
export function memberOf<T extends { readonly instanceId: string | null }>(
  request: T,
): Omit<T, 'instanceId'> & { readonly instanceId: string | undefined } {
  return { ...request, instanceId: request.instanceId ?? undefined }
}

/** A service that only the group's coordinator gives, and only as long as it is. */
export function ofCoordinator<Request extends { readonly group: string }, Response>(
  { coordination }: Shared,
  own: Omit<Service<Request, Response>, 'concerns'>,
): AnyService {
  const refusal = ({ group }: Request, node: number): number => coordination.refusal('group', group, node)
  return service<Request, Response>({
    ...own,
    concerns: ({ group }) => ({ kind: 'group', key: group }),
    serve(request, caller): MaybePromise<Response> {
      const error = refusal(request, caller.node)
      if (error !== 0) return own.refuse(request, error)
      const answer = own.serve(request, caller)
      if (!isPromise(answer)) return answer
      return new Promise((resolve, reject) => {
        const unwatch = coordination.watch(() => {
          const moved = refusal(request, caller.node)
          if (moved !== 0) resolve(own.refuse(request, moved))
        })
        Promise.resolve(answer).finally(unwatch).then(resolve, reject)
      })
    },
  })
}
