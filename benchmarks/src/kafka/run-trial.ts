import { runChild } from '../run-child.ts'
import type { Outcome, Trial } from './trial.ts'

/** Runs a contender in a process of its own, so that CPU and memory are its own, and waits until it has ended. */
export async function runTrial(trial: Trial, signal: AbortSignal): Promise<Outcome> {
  const outcome = await runChild<Outcome>(new URL('contender.js', import.meta.url), trial, { signal })
  if (outcome !== undefined) return outcome
  throw new Error(`${trial.client} failed while it was to ${trial.work} ${trial.records} records.`)
}
