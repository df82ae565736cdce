import type { Adapter } from './adapter.ts'
import { FaustError } from './errors.ts'

/** Throws `FAUST_CONTRACT_UNSUPPORTED` unless the adapter was written for a contract this core speaks. */
export function checkContract(role: string, adapter: Pick<Adapter, 'name' | 'contract'>, spoken: number): void {
  if (adapter.contract === spoken) return
  const newer = typeof adapter.contract === 'number' && adapter.contract > spoken
  throw new FaustError(
    'FAUST_CONTRACT_UNSUPPORTED',
    `The ${role} ${adapter.name} was written for version ${String(adapter.contract)} of the ${role} contract; this core ` +
      `speaks version ${spoken}. ${newer ? 'Update @faust/core' : `Update ${adapter.name}`}.`,
    { details: { role, adapter: adapter.name, contract: adapter.contract, spoken } },
  )
}
