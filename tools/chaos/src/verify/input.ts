import type { Evidence } from '../evidence.ts'
import type { Input } from '../program.ts'
import type { Findings } from './findings.ts'

/** Every acknowledged record is there once, and those of one partition in the order they were sent. */
export function checkInput({ input, sent }: Evidence, findings: Findings): void {
  const found = new Set<number>()
  for (const [partition, records] of input.entries()) {
    let last = -1
    for (const { offset, value } of records) {
      const { id } = value as Input
      if (id <= last) findings.add('order', `record ${id} follows ${last} in partition ${partition} at ${offset}`)
      if (found.has(id)) findings.add('input', `record ${id} was sent once and is there twice`)
      found.add(id)
      last = id
    }
  }
  for (let id = 0; id < sent; id++) {
    if (!found.has(id)) findings.add('input', `record ${id} was acknowledged and is not there`)
  }
}
