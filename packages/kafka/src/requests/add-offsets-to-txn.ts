import { defineApi, type Api } from './api.ts'
import { readPlainResponse, writePlainResponse, type PlainResponse } from './plain-response.ts'

export interface AddOffsetsToTxnRequest {
  readonly transactionalId: string
  readonly producerId: bigint
  readonly producerEpoch: number
  /** The group whose offsets the transaction is to carry. */
  readonly group: string
}

/** Version 2: answers 90. Errors: to be repeated: 14, 15, 16, 51; fenced: 47, 90; refused: 24, 30, 48, 49, 53. */
export const addOffsetsToTxnApi: Api<AddOffsetsToTxnRequest, PlainResponse> = defineApi({
  name: 'AddOffsetsToTxn',
  key: 25,
  version: 2,
  flexible: false,

  writeRequest(to, { transactionalId, producerId, producerEpoch, group }) {
    to.string(transactionalId)
    to.bigint64(producerId)
    to.int16(producerEpoch)
    to.string(group)
  },

  readRequest: (from) => ({
    transactionalId: from.string(),
    producerId: from.bigint64(),
    producerEpoch: from.int16(),
    group: from.string(),
  }),

  writeResponse: writePlainResponse,
  readResponse: readPlainResponse,
})
