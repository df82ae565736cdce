import { defineApi, type Api } from './api.ts'

/** Who leaves: by member id, or a static member by its instance id with member id ''. */
export interface LeavingMember {
  readonly memberId: string
  readonly instanceId: string | null
}

export interface LeaveGroupRequest {
  readonly group: string
  readonly members: readonly LeavingMember[]
}

/** What became of one of them. */
export interface LeftMember extends LeavingMember {
  /** 0; 25 (no such member), 82 (another one has the instance id). */
  readonly error: number
}

export interface LeaveGroupResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  /** 0; to be repeated: 14, 15, 16; refused: 24, 30. */
  readonly error: number
  readonly members: readonly LeftMember[]
}

/** Version 3: a list of members, with instance ids. */
export const leaveGroupApi: Api<LeaveGroupRequest, LeaveGroupResponse> = defineApi({
  name: 'LeaveGroup',
  key: 13,
  version: 3,
  flexible: false,

  writeRequest(to, { group, members }) {
    to.string(group)
    to.array(members, ({ memberId, instanceId }) => {
      to.string(memberId)
      to.string(instanceId)
    })
  },

  readRequest: (from) => ({
    group: from.string(),
    members: from.array(() => ({ memberId: from.string(), instanceId: from.nullableString() })),
  }),

  writeResponse(to, { throttleTime, error, members }) {
    to.int32(throttleTime)
    to.int16(error)
    to.array(members, ({ memberId, instanceId, error }) => {
      to.string(memberId)
      to.string(instanceId)
      to.int16(error)
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    error: from.int16(),
    members: from.array(() => ({
      memberId: from.string(),
      instanceId: from.nullableString(),
      error: from.int16(),
    })),
  }),
})
