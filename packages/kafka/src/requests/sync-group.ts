import { defineApi, type Api } from './api.ts'

/** What the leader gives one member. */
export interface SyncedAssignment {
  readonly memberId: string
  /** For protocol type `consumer`: an assignment (consumer-protocol.ts). */
  readonly assignment: Uint8Array
}

export interface SyncGroupRequest {
  readonly group: string
  readonly generation: number
  readonly memberId: string
  readonly instanceId: string | null
  /** From the leader; empty from the others. */
  readonly assignments: readonly SyncedAssignment[]
}

export interface SyncGroupResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  /** 0; 22, 25 and 27 join again; to be repeated: 14, 15, 16; fenced: 82. */
  readonly error: number
  /** Empty on error. */
  readonly assignment: Uint8Array
}

/** Version 3: with the instance id. */
export const syncGroupApi: Api<SyncGroupRequest, SyncGroupResponse> = defineApi({
  name: 'SyncGroup',
  key: 14,
  version: 3,
  flexible: false,

  writeRequest(to, { group, generation, memberId, instanceId, assignments }) {
    to.string(group)
    to.int32(generation)
    to.string(memberId)
    to.string(instanceId)
    to.array(assignments, ({ memberId, assignment }) => {
      to.string(memberId)
      to.bytes(assignment)
    })
  },

  readRequest: (from) => ({
    group: from.string(),
    generation: from.int32(),
    memberId: from.string(),
    instanceId: from.nullableString(),
    assignments: from.array(() => ({ memberId: from.string(), assignment: from.bytes() })),
  }),

  writeResponse(to, { throttleTime, error, assignment }) {
    to.int32(throttleTime)
    to.int16(error)
    to.bytes(assignment)
  },

  readResponse: (from) => ({ throttleTime: from.int32(), error: from.int16(), assignment: from.bytes() }),
})
