import type { RecordError } from '../../requests/produce.ts'
import type { Flight, Portion } from '../queue/lane.ts'
import type { Part, PendingSend } from '../queue/pending-send.ts'

/**
 * Two halves of a batch that was too large (10, 18) or has a bad record that nobody names. The first one gets the sequence
 * the batch had, as nothing of it was stored.
 */
export function halves(flight: Flight): Portion[] {
  const { count, since, unsure } = flight
  const middle = Math.ceil(count / 2)
  const parts: [Part[], Part[]] = [[], []]
  let at = 0
  for (const { send, from, to } of flight.parts) {
    const cut = Math.min(Math.max(middle - at, 0), to - from) + from
    if (cut > from) parts[0].push({ send, from, to: cut })
    if (cut < to) parts[1].push({ send, from: cut, to })
    at += to - from
  }
  return parts.map((each) => ({ parts: each, since, unsure }))
}

/** The sends that have a record the broker named (KIP-467), each with what it said of the first of them. */
export function blamed(flight: Flight, errors: readonly RecordError[]): Map<PendingSend, RecordError> {
  const named = new Map<PendingSend, RecordError>()
  for (const { index, message } of errors) {
    let at = 0
    for (const { send, from, to } of flight.parts) {
      const inSend = from + index - at
      if (index >= at && inSend < to && !named.has(send)) named.set(send, { index: inSend, message })
      at += to - from
    }
  }
  return named
}
