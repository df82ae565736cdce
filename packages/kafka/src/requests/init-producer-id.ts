import { defineApi, type Api } from './api.ts'

export interface InitProducerIdRequest {
  /** `null` for a producer without transactions: any broker answers. Else its coordinator does. */
  readonly transactionalId: string | null
  /** Ms after which the coordinator aborts a transaction; at most its `transaction.max.timeout.ms`. */
  readonly transactionTimeout: number
  /**
   * -1n with epoch -1 takes the id over, whoever has it. With the id and epoch of before only who has them still goes on, under a
   * new epoch (KIP-360).
   */
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface InitProducerIdResponse {
  /** Ms, by quota. */
  readonly throttleTime: number
  /** 0; to be repeated: 14, 15, 16, 51 (the transaction before is being ended); fenced: 47, 90; refused: 49, 50, 53. */
  readonly error: number
  /** -1n on error. */
  readonly producerId: bigint
  /** -1 on error. */
  readonly producerEpoch: number
}

/** Version 4: takes id and epoch, and answers 90. */
export const initProducerIdApi: Api<InitProducerIdRequest, InitProducerIdResponse> = defineApi({
  name: 'InitProducerId',
  key: 22,
  version: 4,
  flexible: true,

  writeRequest(to, { transactionalId, transactionTimeout, producerId, producerEpoch }) {
    to.compactString(transactionalId)
    to.int32(transactionTimeout)
    to.bigint64(producerId)
    to.int16(producerEpoch)
  },

  readRequest: (from) => ({
    transactionalId: from.compactNullableString(),
    transactionTimeout: from.int32(),
    producerId: from.bigint64(),
    producerEpoch: from.int16(),
  }),

  writeResponse(to, { throttleTime, error, producerId, producerEpoch }) {
    to.int32(throttleTime)
    to.int16(error)
    to.bigint64(producerId)
    to.int16(producerEpoch)
  },

  readResponse: (from) => ({
    throttleTime: from.int32(),
    error: from.int16(),
    producerId: from.bigint64(),
    producerEpoch: from.int16(),
  }),
})
