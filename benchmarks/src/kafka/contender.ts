import { answerParent } from '../run-child.ts'
import { Tally } from './tally.ts'
import type { Client, Outcome, Trial } from './trial.ts'

// The program of one contender, in a process of its own: it is told a trial, tells the outcome and ends.

/** Each loads its client alone: what the others need is not in its memory. */
const clients: Record<Client, () => Promise<(trial: Trial, tally: Tally) => Promise<Outcome>>> = {
  faust: async () => (await import('./clients/faust.ts')).runFaust,
  'kafka-streams': async () => (await import('./clients/kafka-streams.ts')).runKafkaStreams,
  kafkajs: async () => (await import('./clients/kafkajs.ts')).runKafkajs,
  platformatic: async () => (await import('./clients/platformatic.ts')).runPlatformatic,
}

answerParent(async (trial: Trial): Promise<Outcome> => {
  const run = await clients[trial.client]()
  return run(trial, new Tally(trial.records))
})
