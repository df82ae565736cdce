const SEED = 0x9747b28c
const M = 0x5bd1e995

/**
 * Kafka's 32-bit murmur2 as `org.apache.kafka.common.utils.Utils.murmur2` computes it: a signed number. Whatever feeds
 * our topics through another Kafka client must find the same partition, so not one bit may differ; the test holds it to
 * numbers that Kafka's own class gave. Allocates nothing.
 */
export function murmur2(data: Uint8Array): number {
  const length = data.length
  const aligned = length & ~3
  let h = SEED ^ length

  for (let i = 0; i < aligned; i += 4) {
    let k = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24)
    k = Math.imul(k, M)
    k ^= k >>> 24
    h = Math.imul(h, M) ^ Math.imul(k, M)
  }

  const rest = length - aligned
  if (rest > 2) h ^= data[aligned + 2]! << 16
  if (rest > 1) h ^= data[aligned + 1]! << 8
  if (rest > 0) h = Math.imul(h ^ data[aligned]!, M)

  h ^= h >>> 13
  h = Math.imul(h, M)
  return h ^ (h >>> 15)
}
