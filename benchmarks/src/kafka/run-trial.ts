import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Outcome, Trial } from './trial.ts'

const PROGRAM = fileURLToPath(new URL('contender.js', import.meta.url))

/** Runs a contender in a process of its own, so that CPU and memory are its own, and waits until it has ended. */
export async function runTrial(trial: Trial, signal: AbortSignal): Promise<Outcome> {
  // kafkajs makes timers of negative length, and Node warns of them at every start.
  const child = fork(PROGRAM, { signal, execArgv: [...process.execArgv, '--disable-warning=TimeoutNegativeWarning'] })
  let outcome: Outcome | undefined
  child.once('message', (message) => (outcome = message as Outcome))
  child.send(trial)
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve))
  if (outcome === undefined || code !== 0) {
    throw new Error(`${trial.client} ended with code ${code} while it was to ${trial.work} ${trial.records} records.`)
  }
  return outcome
}
