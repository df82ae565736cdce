import { BatchBuilder } from '@faust/kafka'

/** A batch without idempotence. */
export function batchOf(count: number, size = 20): Uint8Array {
  const builder = new BatchBuilder()
  const value = new Uint8Array(size).fill(0x61)
  for (let i = 0; i < count; i++) builder.add({ key: value, value }, 1_700_000_000_000)
  return builder.seal({
    producerId: -1n,
    producerEpoch: -1,
    baseSequence: -1,
    transactional: false,
    compression: 'none',
  })
}
