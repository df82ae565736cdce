import type { StoreRange } from '@faust/core'
import { hex } from '../kit/bytes.ts'

/** The simplest thing that a shard can be compared with: hexadecimal keys and values in a map. */
export type Model = Map<string, string>

/** What a range over the model gives. */
export function modelRange(model: Model, range: StoreRange = {}): [key: string, value: string][] {
  const { gte, gt, lte, lt } = range
  const keys = [...model.keys()].sort().filter((key) => {
    if (gte !== undefined && key < hex(gte)) return false
    if (gt !== undefined && key <= hex(gt)) return false
    if (lte !== undefined && key > hex(lte)) return false
    return lt === undefined || key < hex(lt)
  })
  if (range.reverse === true) keys.reverse()
  return keys.slice(0, range.limit ?? keys.length).map((key) => [key, model.get(key) as string])
}

/** A range in words, for messages. */
export function rangeText(range: StoreRange): string {
  const shown = Object.entries(range).map(
    ([name, value]) => `${name}: ${value instanceof Uint8Array ? hex(value) : value}`,
  )
  return `{ ${shown.join(', ')} }`
}
