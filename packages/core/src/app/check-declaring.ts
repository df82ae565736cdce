import { FaustError } from '../service/errors.ts'
import type { ServiceState } from '../service/service.ts'

/** Declarations come before the start, and each name once. `taken` holds those of the kind, by `key`. */
export function checkDeclaring(
  state: ServiceState,
  kind: string,
  name: string,
  taken: { has(key: string): boolean },
  key: string = name,
): void {
  if (state !== 'idle') {
    const problem = `The ${kind} ${name} is declared after the app was started. Declare everything first.`
    throw new FaustError('FAUST_TOO_LATE', problem)
  }
  if (!taken.has(key)) return
  const remedy = kind === 'topic' || kind === 'table' ? 'Keep what the first declaration gave' : 'Give it another name'
  const problem = `The name ${name} is taken by another ${kind} of the app. ${remedy}.`
  throw new FaustError('FAUST_NAME_TAKEN', problem)
}
