import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { javaCommand, kafkaStreamsLibraries, run } from '@faust-tools/services'
import type { Outcome, Trial } from '../trial.ts'

const SOURCE = fileURLToPath(new URL('../../../kafka-streams/Contender.java', import.meta.url))
/** Ms for one run, of several million records on a busy machine. */
const WITHIN = 600_000

/** Kafka Streams, compiled and run in a Java machine of its own, whose CPU and memory it tells. */
export async function runKafkaStreams(trial: Trial): Promise<Outcome> {
  const libraries = join(await kafkaStreamsLibraries(), '*')
  const classes = await mkdtemp(join(tmpdir(), 'kafka-streams-contender-'))
  try {
    await printed('javac', ['-d', classes, '-cp', libraries, SOURCE])
    const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'
    const path = [classes, libraries].join(delimiter)
    return JSON.parse(await printed('java', [quiet, '-cp', path, 'Contender', JSON.stringify(trial)])) as Outcome
  } finally {
    await rm(classes, { recursive: true })
  }
}

/** Whether there is a Java compiler: a JRE has none. */
export async function canRunKafkaStreams(): Promise<boolean> {
  const { exitCode } = await run({ file: javaCommand('javac'), args: ['-version'] }, WITHIN)
  return exitCode === 0
}

async function printed(program: 'java' | 'javac', args: readonly string[]): Promise<string> {
  const { exitCode, stderr, stdout } = await run({ file: javaCommand(program), args }, WITHIN)
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}.\n${stderr}`)
  return stdout
}
