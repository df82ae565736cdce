import { type App, type Clock, createEmbeddedLog, type EmbeddedLog, embeddedTransport } from '@faust/core'
import { virtualClock } from '../clock/virtual-clock.ts'
import { seededRandom } from '../random/seeded-random.ts'
import { drawFaults, type Fault } from './faults.ts'
import { type Feed, feed } from './feed.ts'
import { checkInvariants } from './invariants.ts'
import type { CheckedSimulation } from './options.ts'
import { Outcome } from './outcome.ts'
import type { Program } from './program.ts'
import { untilQuiet } from './quiet.ts'
import { strike } from './strike.ts'
import { Trace } from './trace.ts'
import type { World } from './world.ts'
import { type MakeTransport, SimulatedWorker, type WorkerSurroundings } from './worker.ts'

/** How one run went. */
export interface RunResult {
  readonly faults: readonly Fault[]
  readonly trace: Trace
  /** What was found wrong, if anything. */
  readonly error?: unknown
  /** Requests and disk writes of all workers. */
  readonly steps: number
}

/** One run: a pure function of the simulation, the seed and the faults. Without `faults` they are drawn from the seed. */
export async function runOnce<P extends Program>(
  simulation: CheckedSimulation<P>,
  seed: number,
  faults?: readonly Fault[],
): Promise<RunResult> {
  const random = seededRandom(`faults ${seed}`)
  const { duration, session, workers } = simulation
  const plan = faults ?? drawFaults(random, { ...simulation.faultLimits, duration, session, workers })
  const clock = virtualClock({ seed, turns: 1 })
  const trace = new Trace(() => clock.monotonic())
  // Marker by marker, at times of the seed's choice: now and then so late that much else happens first.
  const slowest = random.pick([2, 20, 200])
  const log = createEmbeddedLog({
    clock,
    initialRebalanceDelay: 0,
    cleanInterval: random.pick([500, 15_000]),
    scheduler: {
      schedule: (task, run) =>
        clock.setTimeout(run, task.kind === 'marker' ? clock.random() * slowest : simulation.transactionCheckInterval),
    },
  })
  let giveUp!: (error: unknown) => void
  const givenUp = new Promise<never>((_, reject) => (giveUp = reject))
  givenUp.catch(() => {})
  const world = createWorld(simulation, seed, clock, log, trace, giveUp)
  let error: unknown
  try {
    const work = async (): Promise<void> => {
      for (const worker of world.workers) worker.start()
      const fed: Feed = await feed(simulation, world, seed)
      strike(world, plan)
      await fed.done
      await rest(clock, duration - clock.monotonic())
      calm(world)
      await untilQuiet(
        world,
        fed.inputs.map(({ topic }) => topic.name),
        simulation.patience,
      )
      const outcome = new Outcome(world, fed.inputs, simulation.program(clock), seed)
      await checkInvariants(world, outcome)
      await simulation.check?.(outcome)
      await outcome.close()
    }
    await clock.run(() => Promise.race([work(), givenUp]))
  } catch (caught) {
    error = caught
  }
  for (const worker of world.workers) worker.discard()
  const steps = world.workers.reduce((sum, worker) => sum + worker.steps, 0)
  return { faults: plan, trace, error, steps }
}

function createWorld<P extends Program>(
  simulation: CheckedSimulation<P>,
  seed: number,
  clock: Clock,
  log: EmbeddedLog,
  trace: Trace,
  failed: (error: unknown) => void,
): World {
  const random = seededRandom(`world ${seed}`)
  const transport: MakeTransport =
    simulation.transport === undefined
      ? ({ link }) => embeddedTransport({ log, link })
      : (parts) => simulation.transport!({ ...parts, log, logClock: clock })
  const world: World = {
    clock,
    log,
    trace,
    session: simulation.session,
    workers: [],
    add: () => {
      const worker = new SimulatedWorker(`worker-${world.workers.length}`, surroundings)
      world.workers.push(worker)
      return worker
    },
    outageUntil: 0,
    isCalm: false,
  }
  const surroundings: WorkerSurroundings = {
    clock,
    trace,
    program: (own): App => simulation.program(own).app,
    transport,
    latency: random.pick([0, 0, 2, 10]),
    diskLatency: random.pick([0, 0, 5]),
    kept: random.next() < simulation.keptDisks,
    outage: () => clock.monotonic() < world.outageUntil,
    failed,
    ended: (worker, back) => {
      if (!worker.hasLeft) clock.setTimeout(() => worker.app === undefined && worker.start(), back)
    },
  }
  for (let index = 0; index < simulation.workers; index++) world.add()
  return world
}

/** No more faults, and what is down comes up. */
function calm(world: World): void {
  world.isCalm = true
  world.outageUntil = 0
  world.trace.note('faults are over')
  for (const worker of world.workers) worker.calm()
}

function rest(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimeout(resolve, Math.max(0, ms)))
}
