import { defineApi, type Api } from './api.ts'

/** One way of assigning that a member offers. */
export interface GroupProtocol {
  readonly name: string
  /** For protocol type `consumer`: a subscription (consumer-protocol.ts). A byte-identical one starts no rebalance. */
  readonly metadata: Uint8Array
}

export interface JoinGroupRequest {
  readonly group: string
  /** Ms, within the broker's `group.min.session.timeout.ms` and `group.max.session.timeout.ms`. */
  readonly sessionTimeout: number
  /** Ms that the others are waited for. The answer takes as long. */
  readonly rebalanceTimeout: number
  /** '' at first. */
  readonly memberId: string
  readonly instanceId: string | null
  /** `consumer`. */
  readonly protocolType: string
  /** In the order of preference. */
  readonly protocols: readonly GroupProtocol[]
}

/** A member as the leader sees it. */
export interface JoinedMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly metadata: Uint8Array
}

export interface JoinGroupResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  /**
   * 0; 79 gives a member id to join again with; 25 and 22 start anew; to be repeated: 14, 15, 16, 27; refused: 23, 24, 26, 30, 81;
   * fenced: 82.
   */
  readonly error: number
  /** -1 on error. */
  readonly generation: number
  /** What was chosen among what all members offer. */
  readonly protocol: string
  /** Member id. */
  readonly leader: string
  readonly memberId: string
  /** Everybody, for the leader; nobody for the others. */
  readonly members: readonly JoinedMember[]
}

/** Version 5: member id first (79), and instance ids. */
export const joinGroupApi: Api<JoinGroupRequest, JoinGroupResponse> = defineApi({
  name: 'JoinGroup',
  key: 11,
  version: 5,
  flexible: false,

  writeRequest(to, request) {
    to.string(request.group)
    to.int32(request.sessionTimeout)
    to.int32(request.rebalanceTimeout)
    to.string(request.memberId)
    to.string(request.instanceId)
    to.string(request.protocolType)
    to.array(request.protocols, ({ name, metadata }) => {
      to.string(name)
      to.bytes(metadata)
    })
  },

  readRequest: (from) => ({
    group: from.string(),
    sessionTimeout: from.int32(),
    rebalanceTimeout: from.int32(),
    memberId: from.string(),
    instanceId: from.nullableString(),
    protocolType: from.string(),
    protocols: from.array(() => ({ name: from.string(), metadata: from.bytes() })),
  }),

  writeResponse(to, response) {
    to.int32(response.throttleTime)
    to.int16(response.error)
    to.int32(response.generation)
    to.string(response.protocol)
    to.string(response.leader)
    to.string(response.memberId)
    to.array(response.members, ({ memberId, instanceId, metadata }) => {
      to.string(memberId)
      to.string(instanceId)
      to.bytes(metadata)
    })
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    error: from.int16(),
    generation: from.int32(),
    protocol: from.string(),
    leader: from.string(),
    memberId: from.string(),
    members: from.array(() => ({
      memberId: from.string(),
      instanceId: from.nullableString(),
      metadata: from.bytes(),
    })),
  }),
})
