/** Under what a producer writes. Each object is an identity of its own: sequences count from the beginning in it. */
export interface ProducerIdentity {
  readonly producerId: bigint
  readonly producerEpoch: number
}
