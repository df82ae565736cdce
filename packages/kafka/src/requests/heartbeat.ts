import { defineApi, type Api } from './api.ts'
import { readPlainResponse, writePlainResponse, type PlainResponse } from './plain-response.ts'

export interface HeartbeatRequest {
  readonly group: string
  readonly generation: number
  readonly memberId: string
  readonly instanceId: string | null
}

/**
 * Version 3: with the instance id. Errors: 27 (a rebalance is under way: join again), 22 and 25 (membership is lost), 82 (a
 * newer member has the instance id); to be repeated: 14, 15, 16.
 */
export const heartbeatApi: Api<HeartbeatRequest, PlainResponse> = defineApi({
  name: 'Heartbeat',
  key: 12,
  version: 3,
  flexible: false,

  writeRequest(to, { group, generation, memberId, instanceId }) {
    to.string(group)
    to.int32(generation)
    to.string(memberId)
    to.string(instanceId)
  },

  readRequest: (from) => ({
    group: from.string(),
    generation: from.int32(),
    memberId: from.string(),
    instanceId: from.nullableString(),
  }),

  writeResponse: writePlainResponse,
  readResponse: readPlainResponse,
})
