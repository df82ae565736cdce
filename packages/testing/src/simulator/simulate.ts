import { FaustError, messageOf } from '@faust/core'
import { describeFault, type Fault } from './faults.ts'
import { checkSimulation, type SimulationOptions } from './options.ts'
import type { Program } from './program.ts'
import { runOnce, type RunResult } from './run.ts'
import { shrink } from './shrink.ts'

/** What a simulation that found nothing wrong has gone through. */
export interface SimulationReport {
  readonly seeds: number
  /** Faults of all runs. */
  readonly faults: number
  /** Requests and disk writes of all workers in all runs: the awaits at which faults could strike. */
  readonly steps: number
}

/** Lines of the trace in a report. */
const TRACED = 40

/**
 * Runs several workers of an app in one process, on an embedded log, simulated disks and a clock of their own, while
 * things go wrong: processes die or stand still, requests and answers get lost or late, the log is out of reach,
 * clocks jump, members come and go, foreign transactions are left open. Then faults end, everything must come to
 * rest, and what the log holds is checked.
 *
 * A run is a pure function of program and seed. The first seed that fails rejects with `FAUST_SIMULATION_FAILED`, which
 * names the seed, the fewest faults that still make it fail, and the last moments; its cause is what the check threw.
 */
export async function simulate<P extends Program>(options: SimulationOptions<P>): Promise<SimulationReport> {
  const simulation = checkSimulation(options)
  let faults = 0
  let steps = 0
  for (let index = 0; index < simulation.seeds; index++) {
    const seed = simulation.seed + index
    const result = await runOnce(simulation, seed, simulation.plan)
    if (result.error !== undefined) {
      let smallest: RunResult = result
      await shrink(result.faults, async (part) => {
        const again = await runOnce(simulation, seed, part)
        if (again.error === undefined) return false
        smallest = again
        return true
      })
      throw failure(seed, smallest, result.faults.length)
    }
    faults += result.faults.length
    steps += result.steps
  }
  return { seeds: simulation.seeds, faults, steps }
}

function failure(seed: number, { error, faults, trace }: RunResult, drawn: number): FaustError {
  const list = faults.map((fault: Fault) => `  ${describeFault(fault)},`).join('\n')
  const message =
    `Seed ${seed} fails: ${messageOf(error)}\n` +
    `Repeat it with \`seed: ${seed}\` and these ${faults.length} of ${drawn} faults:\nfaults: [\n${list}\n]\n` +
    `What happened last:\n${trace.last(TRACED)}`
  return new FaustError('FAUST_SIMULATION_FAILED', message, { cause: error, details: { seed, faults } })
}
