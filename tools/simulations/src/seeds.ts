import { type Plane, SCENARIOS, type ScenarioName } from './scenarios.ts'
import { tellSpinning } from './spinning.ts'

/** `node seeds.js <scenario> <first seed> <count> <plane>`: prints the number of faults, or why a seed fails, with code 1. */
const [name = '', first, count, plane] = process.argv.slice(2)
const scenario = SCENARIOS[name as ScenarioName]
const begins = tellSpinning()
let faults = 0
try {
  for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
    begins(seed)
    faults += (await scenario({ seed, seeds: 1 }, plane as Plane)).faults
  }
  console.log(faults)
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
