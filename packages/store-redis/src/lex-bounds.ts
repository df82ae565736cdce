import type { StoreRange } from '@faust/core'

/** Bounds as ZRANGEBYLEX takes them. */
export interface LexBounds {
  readonly low: string | Buffer
  readonly high: string | Buffer
}

/** Bounds of the index for bounds of the shard; of two lower or two upper ones the tighter holds. */
export function lexBounds({ gte, gt, lte, lt }: StoreRange): LexBounds {
  const low =
    gt !== undefined && (gte === undefined || Buffer.compare(gt, gte) >= 0)
      ? lexBound('(', gt)
      : gte === undefined
        ? '-'
        : lexBound('[', gte)
  const high =
    lt !== undefined && (lte === undefined || Buffer.compare(lt, lte) <= 0)
      ? lexBound('(', lt)
      : lte === undefined
        ? '+'
        : lexBound('[', lte)
  return { low, high }
}

/** A key as a bound: `[` takes it in, `(` leaves it out. */
export function lexBound(kind: '[' | '(', key: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(kind), key])
}
