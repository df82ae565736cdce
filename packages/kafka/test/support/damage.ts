import fc from 'fast-check'

/** Ways to damage bytes: some are overwritten, some cut off, some put in. */
export interface Damage {
  readonly at: number
  readonly bytes: Uint8Array
  readonly cut: number
}

export const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(
      new Uint8Array(4).fill(0xff),
      new Uint8Array(8).fill(0x7f),
      new Uint8Array(4),
      new Uint8Array(10).fill(0x80),
    ),
  ),
  cut: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1000) }),
})

export function damaged(given: Uint8Array, { at, bytes, cut }: Damage, from = 0): Uint8Array {
  const result = given.slice(0, Math.max(from, given.length - cut))
  const start = from + (at % Math.max(1, result.length - from))
  result.set(bytes.subarray(0, Math.max(0, result.length - start)), start)
  return result
}
