import { encode } from '../driver/topic-codec.ts'
import { seededRandom } from '../random/seeded-random.ts'
import type { CheckedSimulation } from './options.ts'
import type { Program, SimulatedInput } from './program.ts'
import type { World } from './world.ts'

/** Inputs on their way. */
export interface Feed {
  /** As they come in. */
  readonly inputs: readonly SimulatedInput[]
  /** Resolves when all are in the log. */
  readonly done: Promise<void>
}

/** Ms between two looks whether a topic is there. */
const LOOK_AGAIN = 50
/** Of the duration, the part in which inputs come: what follows meets faults without new records. */
const SHARE = 0.8

/** Writes the inputs as somebody else would, a few at a time at moments of the seed's choice. */
export async function feed<P extends Program>(
  simulation: CheckedSimulation<P>,
  world: World,
  seed: number,
): Promise<Feed> {
  const { clock, log } = world
  const random = seededRandom(`input ${seed}`)
  const program = simulation.program(clock)
  const inputs = simulation.input(program, random)
  const moments = inputs.map(() => random.int(simulation.duration * SHARE)).sort((a, b) => a - b)
  const partitions = async (topic: string): Promise<number> => {
    for (;;) {
      const [found] = log.describeTopics([topic])
      if (found !== undefined) return found.partitions
      await sleep(LOOK_AGAIN)
    }
  }
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.setTimeout(resolve, ms))
  const send = async (): Promise<void> => {
    for (const [index, input] of inputs.entries()) {
      const wait = moments[index]! - clock.monotonic()
      if (wait > 0) await sleep(wait)
      const { definition } = input.topic
      const { partition: given, record } = await encode(definition, input, clock.now())
      const count = await partitions(definition.name)
      const partition = given ?? definition.partitioner(record.key, count)
      const batch = { topic: definition.name, partition, producerId: -1, producerEpoch: -1, baseSequence: -1 }
      log.produce({ batches: [{ ...batch, transactional: false, timestamp: clock.now(), records: [record] }] })
    }
  }
  return { inputs, done: send() }
}
