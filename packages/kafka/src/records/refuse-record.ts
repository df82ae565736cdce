import { FaustError } from '@faust/core'

/** A timestamp that no record can have: epoch ms as a whole number, or -1 for none. */
export function refuseTimestamp(timestamp: number): FaustError {
  return new FaustError(
    'FAUST_RECORD_INVALID',
    `A record cannot have the timestamp ${timestamp}: give it whole milliseconds since 1970`,
  )
}

/** A batch whose bytes would not have a length that the protocol can say. */
export function refuseSize(size: number): FaustError {
  return new FaustError(
    'FAUST_RECORD_TOO_LARGE',
    `A batch of ${size} bytes is beyond what Kafka's protocol can carry (2 GiB): send less at a time`,
  )
}
