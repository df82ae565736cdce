import { FaustError } from '@faust/core'

/** Errors say who speaks, what was wrong, and what to do. */
export function fail(code: string, what: string): never {
  throw new FaustError(code, `store-map: ${what}.`)
}
