import type { IncomingRecord, OutgoingRecord, Producer } from '@faust/core'
import { hex, text, utf8 } from '../kit/bytes.ts'

/** A record of texts. */
export function record(
  value: string | null,
  more: { readonly key?: string | null; readonly timestamp?: number } = {},
): OutgoingRecord {
  const key = more.key ?? null
  return {
    key: key === null ? null : utf8(key),
    value: value === null ? null : utf8(value),
    ...(more.timestamp === undefined ? {} : { timestamp: more.timestamp }),
  }
}

/** Sends texts as one batch and answers the first one's offset. */
export async function sendTexts(
  producer: Producer,
  topic: string,
  partition: number,
  values: readonly string[],
): Promise<number> {
  return (
    await producer.send(
      topic,
      partition,
      values.map((value) => record(value)),
    )
  ).baseOffset
}

/** The values as texts. */
export function texts(records: Iterable<IncomingRecord>): (string | null)[] {
  return Array.from(records, (item) => text(item.value))
}

/** `prefix0`, `prefix1`, … */
export function numbered(prefix: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${from + index}`)
}

/** Everything of a record that a sender gave, in a form that can be compared. */
export function plain(item: OutgoingRecord | IncomingRecord): Record<string, unknown> {
  return {
    key: hex(item.key),
    value: hex(item.value),
    headers: (item.headers ?? []).map(([name, value]) => [name, hex(value)]),
    timestamp: item.timestamp,
  }
}
