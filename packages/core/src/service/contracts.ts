import type { Adapter } from './adapter.ts'
import { FaustError } from './errors.ts'

/**
 * Throws unless the adapter is one, and was written for a contract this core speaks: `FAUST_SETTING_INVALID` for a factory
 * that was not called or another thing altogether, `FAUST_CONTRACT_UNSUPPORTED` for another version.
 */
export function checkContract(role: string, adapter: Pick<Adapter, 'name' | 'contract'>, spoken: number): void {
  const given: unknown = adapter
  if (typeof given === 'function') {
    throw new FaustError(
      'FAUST_SETTING_INVALID',
      `The ${role} is the function ${given.name}, not what it returns: call it, ${given.name}(…).`,
    )
  }
  if (typeof given !== 'object' || given === null || adapter.contract === undefined) {
    const what = typeof given === 'object' && given !== null ? 'has no `contract`' : `is ${given as string}`
    throw new FaustError(
      'FAUST_SETTING_INVALID',
      `The ${role} ${what}, so it is none: give what the factory of a ${role} package returns, or see docs/plugins/${role}.md.`,
    )
  }
  if (adapter.contract === spoken) return
  const newer = typeof adapter.contract === 'number' && adapter.contract > spoken
  throw new FaustError(
    'FAUST_CONTRACT_UNSUPPORTED',
    `The ${role} ${adapter.name} was written for version ${String(adapter.contract)} of the ${role} contract; this core ` +
      `speaks version ${spoken}. ${newer ? 'Update @faust/core' : `Update ${adapter.name}`}.`,
    { details: { role, adapter: adapter.name, contract: adapter.contract, spoken } },
  )
}

/** The same for adapters that are started and closed. */
export function checkAdapter(role: string, adapter: Adapter, spoken: number): void {
  checkContract(role, adapter, spoken)
  const missing = (['start', 'close'] as const).find((member) => typeof adapter[member] !== 'function')
  if (missing === undefined) return
  throw new FaustError(
    'FAUST_SETTING_INVALID',
    `The ${role} ${adapter.name} has no function \`${missing}\`, which every ${role} must have: see docs/plugins/${role}.md.`,
  )
}
