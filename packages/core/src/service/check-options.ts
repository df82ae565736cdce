import { FaustError } from './errors.ts'

/**
 * Throws `FAUST_SETTING_INVALID` for an option that does not exist: a misspelt one would otherwise do nothing, silently;
 * and for options that are no object.
 * `where` names the place, e.g. `topic orders`.
 */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  const given: unknown = options
  if (typeof given !== 'object' || given === null) {
    const problem = `the options are ${String(given)}. Give an object; its options are ${known.join(', ')}.`
    throw new FaustError('FAUST_SETTING_INVALID', `${where}: ${problem}`)
  }
  for (const option of Object.keys(options)) {
    if (known.includes(option)) continue
    throw invalidOption(where, option, `does not exist. Options are ${known.join(', ')}.`)
  }
}

/** The error for an option that is wrong. `problem` goes on behind its name. */
export function invalidOption(where: string, option: string, problem: string): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `${where}: the option \`${option}\` ${problem}`, {
    details: { option },
  })
}

/** Throws `FAUST_SETTING_INVALID` unless the value is left out or a whole number of at least `least`. */
export function checkWhole(where: string, option: string, value: unknown, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)) return
  throw invalidOption(where, option, `is ${value as string}. It must be a whole number of at least ${least}.`)
}
