import { defineApi, type Api } from './api.ts'
import { readPlainResponse, writePlainResponse, type PlainResponse } from './plain-response.ts'

export interface EndTxnRequest {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Else it aborts. */
  readonly commit: boolean
}

/**
 * Version 2: answers 90. It answers when the decision is kept, a moment before the markers are written. Errors: to be repeated: 14,
 * 15, 16, 51; fenced: 47, 90; refused: 48 (nothing is open, or it was ended the other way), 49, 53. Never 5 alone (KIP-890 part 2).
 */
export const endTxnApi: Api<EndTxnRequest, PlainResponse> = defineApi({
  name: 'EndTxn',
  key: 26,
  version: 2,
  flexible: false,

  writeRequest(to, { transactionalId, producerId, producerEpoch, commit }) {
    to.string(transactionalId)
    to.bigint64(producerId)
    to.int16(producerEpoch)
    to.boolean(commit)
  },

  readRequest: (from) => ({
    transactionalId: from.string(),
    producerId: from.bigint64(),
    producerEpoch: from.int16(),
    commit: from.boolean(),
  }),

  writeResponse: writePlainResponse,
  readResponse: readPlainResponse,
})
