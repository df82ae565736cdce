import { defineApi, type Api } from './api.ts'

/** Whose coordinator is looked for. */
export type CoordinatorKind = 'group' | 'transaction'

export interface FindCoordinatorRequest {
  /** The group, or the transactional id. */
  readonly key: string
  readonly kind: CoordinatorKind
}

export interface FindCoordinatorResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  /** 0; to be repeated: 14, 15 (also while the internal topic is being created); refused: 24, 30, 53. */
  readonly error: number
  readonly message: string | null
  /** -1 on error. */
  readonly node: number
  readonly host: string
  readonly port: number
}

/** Version 2: one key a request. */
export const findCoordinatorApi: Api<FindCoordinatorRequest, FindCoordinatorResponse> = defineApi({
  name: 'FindCoordinator',
  key: 10,
  version: 2,
  flexible: false,

  writeRequest(to, { key, kind }) {
    to.string(key)
    to.int8(kind === 'transaction' ? 1 : 0)
  },

  readRequest: (from) => ({ key: from.string(), kind: from.int8() === 1 ? 'transaction' : 'group' }),

  writeResponse(to, { throttleTime, error, message, node, host, port }) {
    to.int32(throttleTime)
    to.int16(error)
    to.string(message)
    to.int32(node)
    to.string(host)
    to.int32(port)
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    error: from.int16(),
    message: from.nullableString(),
    node: from.int32(),
    host: from.string(),
    port: from.int32(),
  }),
})
