import { FaustError } from '@faust/core'
import type { Answer } from './requests.ts'

/** The `id` of an answer. */
export function idFrom(answer: Answer, subject: string): number {
  const { id } = fields(answer)
  if (typeof id === 'number') return id
  throw odd(answer, `for subject '${subject}'`)
}

/** The error for a subject or an id that the registry does not know. */
export function unknownSchema(what: string, remedy: string): FaustError {
  return new FaustError('FAUST_SCHEMA_UNKNOWN', `The schema registry does not know ${what}. ${remedy}`)
}

/** The error for a schema that the rules of its subject forbid; `reasons` are the registry's, by name where it gives names. */
export function incompatible(subject: string, reasons: readonly string[]): FaustError {
  const names = [...new Set(reasons.flatMap((reason) => reason.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? []))]
  const shown = names.length > 0 ? names.join(', ') : reasons.length > 0 ? reasons.join('; ') : 'it gave no reason'
  return new FaustError(
    'FAUST_SCHEMA_INCOMPATIBLE',
    `The schema registry refused the schema for subject '${subject}': ${shown}. ` +
      "Change the schema so that it keeps the subject's compatibility level, or use another topic.",
    { details: { subject, names, reasons } },
  )
}

/** The error for an answer that this client was not made for. */
export function odd(answer: Answer, where: string): FaustError {
  const message = fields(answer).message
  const told = typeof message === 'string' ? `: ${message}` : ''
  if (answer.status === 422) {
    return new FaustError('FAUST_SETTING_INVALID', `The schema registry refused the schema ${where} as invalid${told}`)
  }
  return new FaustError(
    'FAUST_ANSWER_INVALID',
    `The schema registry answered ${answer.status} ${where}${told}. Check that the address is that of its Confluent-compatible interface.`,
  )
}

/** The fields of an answer's body. */
export function fields(answer: Answer): Readonly<Record<string, unknown>> {
  return typeof answer.body === 'object' && answer.body !== null ? (answer.body as Record<string, unknown>) : {}
}
