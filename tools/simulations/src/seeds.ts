import { type Plane, SCENARIOS, type ScenarioName } from './scenarios.ts'

/** `node seeds.js <scenario> <first seed> <count> <plane>`: prints the number of faults, or why a seed fails, with code 1. */
const [name = '', first, count, plane] = process.argv.slice(2)
const scenario = SCENARIOS[name as ScenarioName]
try {
  const { faults } = await scenario({ seed: Number(first), seeds: Number(count) }, plane as Plane)
  console.log(faults)
} catch (error) {
  console.log(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
