import type { ErrorCode } from '../service/error-codes.ts'
import { FaustError } from '../service/errors.ts'

/** Where bytes stand, for messages. */
interface Place {
  readonly topic: string
  readonly part: 'key' | 'value'
}

/** An error of a format: `'orders' value: <what was wrong and what to do>`. Never quotes the record itself. */
export function formatError(code: ErrorCode, place: Place, problem: string, cause?: unknown): FaustError {
  const details = { topic: place.topic, part: place.part }
  const message = `The ${place.part} of a record of '${place.topic}' ${problem}`
  return new FaustError(code, message, cause === undefined ? { details } : { details, cause })
}

/** What a value is, for messages: `a Date`, `null`, `a number`; never the value itself. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (typeof value !== 'object') return typeof value === 'bigint' ? 'a bigint' : `a ${typeof value}`
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name
  if (typeof name !== 'string' || name === '' || name === 'Object') return 'an object'
  return `${/^[AEIOU]/.test(name) && !name.startsWith('Ui') ? 'an' : 'a'} ${name}`
}
