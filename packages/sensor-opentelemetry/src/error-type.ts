import { isFaustError } from '@faust/core'

/** What kind of error it was, of which there are few: the code or the name, never the message, which may hold a value. */
export function errorType(error: unknown): string {
  if (isFaustError(error)) return error.code
  return error instanceof Error ? error.name : '_OTHER'
}
