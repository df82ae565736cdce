import type { Producer, Transport } from '@faust/core'
import { tellFact } from './facts.ts'

/** Steps of a transaction before which a worker can be stopped, and the signal that asks for it. */
export const STEPS = { offsets: 'SIGUSR2', commit: 'SIGHUP' } as const satisfies Record<string, NodeJS.Signals>
export type Step = keyof typeof STEPS

/**
 * Lets a signal stop the process (SIGSTOP) in the midst of its next transaction: when its records are in the log, before
 * its offsets are sent; or when those are, too, before it is committed. SIGCONT takes back what has not happened yet.
 */
export function stopsWithin(transport: Transport): Transport {
  let armed: Step | undefined
  for (const step of Object.keys(STEPS) as Step[]) process.on(STEPS[step], () => (armed = step))
  process.on('SIGCONT', () => (armed = undefined))
  const stopBefore = (step: Step): void => {
    if (armed !== step) return
    armed = undefined
    tellFact({ kind: 'stopped', before: step })
    process.kill(process.pid, 'SIGSTOP')
  }
  const producer = transport.producer.bind(transport)
  transport.producer = (options) => {
    const made = producer(options)
    const sendOffsets: Producer['sendOffsets'] = made.sendOffsets.bind(made)
    const commitTransaction = made.commitTransaction.bind(made)
    made.sendOffsets = (offsets, membership) => {
      stopBefore('offsets')
      return sendOffsets(offsets, membership)
    }
    made.commitTransaction = () => {
      stopBefore('commit')
      return commitTransaction()
    }
    return made
  }
  return transport
}
