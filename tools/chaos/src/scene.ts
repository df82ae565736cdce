import { randomUUID } from 'node:crypto'
import { Keeper, type KafkaCluster, until } from '@faust-tools/services'
import { type App, createApp, isFaustError, json, silentLogger, type Topic, type Transport } from '@faust/core'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import { compareState } from './compare-state.ts'
import { gather } from './evidence.ts'
import { Feeder } from './feeder.ts'
import { type Guarantee, type Input, inputTopic, PARTITIONS, repartitionTopic } from './program.ts'
import { longestSilence } from './silence.ts'
import { takeSnapshots } from './snapshots.ts'
import { type Verdict, verify } from './verify/verify.ts'
import { WorkerProcess } from './worker-process.ts'

export interface SceneOptions {
  readonly kafka: KafkaCluster
  readonly workers: number
  /** Records a second. */
  readonly rate: number
  readonly guarantee: Guarantee
  /** Copies of each partition on other workers; 0 by default. */
  readonly standbys?: number
  /** How many of the workers run from the beginning: all by default. */
  readonly first?: number
}

/** What is there to be disturbed. */
export interface Scene {
  /** Names the topics. */
  readonly run: string
  readonly kafka: KafkaCluster
  readonly guarantee: Guarantee
  readonly workers: readonly WorkerProcess[]
  readonly feeder: Feeder
  /** Until all that was sent so far is committed; bounded. */
  settled(): Promise<void>
  /** From here on silences of partitions are measured. */
  measure(): void
  /** Throws when a worker has ended that nobody has ended. */
  refuseDeaths(): void
}

/** What a run was like. */
export interface SceneReport extends Verdict {
  readonly sent: number
  readonly snapshots: number
  /** The longest time in which a partition got no output, in ms, if it was measured. */
  readonly silence: number | undefined
}

/** How long workers may take for what is left, in ms. */
const SETTLE_TIMEOUT = 180_000

/**
 * Feeds workers that are processes of their own while `disturb` does what it wants with them and with Kafka; lets them
 * finish in peace, reads everything back and recounts it.
 */
export async function play(options: SceneOptions, disturb: (scene: Scene) => Promise<void>): Promise<SceneReport> {
  const { first = options.workers, guarantee, kafka, rate, standbys = 0 } = options
  const run = `chaos-${randomUUID().slice(0, 8)}`
  const transport = kafkajsTransport({ brokers: kafka.brokers })
  const sender = senderApp(run, transport)
  const keeper = await Keeper.open('faust-chaos-')
  try {
    await sender.app.start()
    const workers = Array.from(
      { length: options.workers },
      (_, at) => new WorkerProcess(keeper, at + 1, { run, brokers: kafka.brokers, guarantee, standbys }),
    )
    await Promise.all(workers.slice(0, first).map((worker) => worker.start().then(() => worker.ready())))
    const refuseDeaths = (): void => {
      const deaths = workers.flatMap((worker) => worker.deaths)
      if (deaths.length > 0) throw new Error(`A worker ended that nobody ended:\n${deaths.join('\n')}`)
    }
    const settled = (): Promise<void> => allCommitted(transport, run, workers, refuseDeaths)
    const watching = new AbortController()
    const feeder = new Feeder(sender.input, rate)
    const snapshots = takeSnapshots(transport, run, {
      signal: watching.signal,
      tell: ({ committed }) => feeder.committed(committed),
    })
    feeder.start()
    let measured: number | undefined
    const measure = (): void => void (measured = Date.now())
    await disturb({ run, kafka, guarantee, workers, feeder, settled, measure, refuseDeaths })
    const undisturbed = Date.now()
    await feeder.stop()
    for (const worker of workers) {
      if (!worker.alive) await worker.start()
      await worker.ready()
    }
    await settled()
    const sent = await feeder.closeWindows()
    await settled()
    for (const worker of workers) await worker.stop()
    refuseDeaths()
    watching.abort()
    const evidence = await gather(transport, run, {
      sent,
      snapshots: await snapshots,
      restores: workers.flatMap(({ restores }) => restores),
      retreats: workers.flatMap(({ copies }) => copies.retreats),
    })
    const verdict = verify(evidence, guarantee)
    const silence = measured === undefined ? undefined : longestSilence(evidence.output, measured, undisturbed)
    const findings = [...verdict.findings]
    for (const directory of [undefined, ...workers.map(({ state }) => state)]) {
      findings.push(...(await compareState({ run, brokers: kafka.brokers, directory, evidence })))
    }
    return { ...verdict, findings, sent, snapshots: evidence.snapshots.length, silence }
  } finally {
    await sender.app.stop()
    await keeper.close()
  }
}

/** An app that only sends: it is no worker of the program. */
function senderApp(run: string, transport: Transport): { readonly app: App; readonly input: Topic<string, Input> } {
  const app = createApp({ id: `${run}-sender`, transport, logger: silentLogger })
  return { app, input: app.topic(inputTopic(run), { value: json<Input>(), partitions: PARTITIONS }) }
}

async function allCommitted(
  transport: Transport,
  run: string,
  workers: readonly WorkerProcess[],
  refuseDeaths: () => void,
): Promise<void> {
  const partitions = [inputTopic(run), repartitionTopic(run)].flatMap((topic) =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })),
  )
  const lag = async (): Promise<number> => {
    const committed = await transport.admin.committedOffsets(run, partitions, { requireStable: true }).catch(later)
    // Offsets are in an open transaction for longer than one asks.
    if (committed === undefined) return Infinity
    const ends = await transport.admin.offsets(partitions)
    return ends.reduce((sum, { logStart, logEnd }, at) => sum + logEnd - (committed[at]!.offset ?? logStart), 0)
  }
  await until(
    'the workers to commit everything',
    SETTLE_TIMEOUT,
    async () => {
      refuseDeaths()
      return (await lag()) === 0
    },
    async () => `${await lag()} records are not committed. ${workers.map(({ said }) => said.slice(-2000)).join('\n')}`,
  )
}

function later(error: unknown): undefined {
  if (!isFaustError(error) || !error.retriable) throw error
  return undefined
}
