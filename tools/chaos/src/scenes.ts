import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '@faust-tools/services'
import { PARTITIONS } from './program.ts'
import type { Scene, SceneOptions } from './scene.ts'
import { WORKER_SETTINGS } from './settings.ts'
import type { WorkerProcess } from './worker-process.ts'

/** What is done to a run of workers, by name. */
export interface NamedScene {
  /** In a line. */
  readonly about: string
  readonly setting: Pick<SceneOptions, 'workers' | 'rate' | 'standbys' | 'first'>
  readonly disturb: (scene: Scene) => Promise<void>
}

const PAST_SESSION = WORKER_SETTINGS.sessionTimeout + 3000
/** Ms that workers may take for what is waited for. */
const TIMEOUT = 90_000
/** Tables with a changelog, each in as many partitions. */
const SHARDS = 5 * PARTITIONS
/** Offsets that a copy may lack to be called close: what comes in a second. */
const CLOSE = 100

const pair = { workers: 2, rate: 500, standbys: 1 } as const

/** Each ends with workers at work, whatever was done to them. */
export const SCENES: Readonly<Record<string, NamedScene>> = {
  kill: {
    about: 'SIGKILL: the copies of the other take over, and the killed one comes back to its state',
    setting: pair,
    async disturb({ guarantee, workers: [first, second], feeder, settled }) {
      await copied([first!, second!], SHARDS)
      if (guarantee === 'exactly-once') await stopWithin(first!)
      await first!.kill()
      await sleep(PAST_SESSION)
      await catchUp({ feeder, settled })
      await first!.start()
      await copied([first!, second!], SHARDS)
    },
  },

  pause: {
    about: 'SIGSTOP past the session: another takes over; after SIGCONT the stopped one joins again and harms nothing',
    setting: pair,
    async disturb({ guarantee, workers: [first, second], feeder, settled }) {
      await copied([first!, second!], SHARDS)
      if (guarantee === 'exactly-once') await stopWithin(first!)
      else {
        // At rest: a worker stopped in the middle of a commit may repeat half of it later, which at-least-once allows.
        await feeder.stop()
        await settled()
        first!.pause()
        feeder.start()
      }
      await sleep(PAST_SESSION)
      // Alone the other commits everything, the partitions of the stopped one among it.
      await catchUp({ feeder, settled })
      first!.resume()
      await until('the stopped one to notice', TIMEOUT, () => first!.said.includes('Membership of the group was lost'))
      await sleep(1000)
      // It works again: without the other everything is still done.
      await second!.kill()
      await sleep(PAST_SESSION)
      await feeder.stop()
      await settled()
    },
  },

  rolling: {
    about: 'a graceful restart of one worker after the other: partitions go to copies, which lack only a tail',
    setting: pair,
    async disturb({ workers, measure }) {
      await copied(workers, SHARDS)
      measure()
      for (const worker of workers) {
        await worker.stop()
        await sleep(1000)
        await worker.start()
        await worker.ready()
        await copied(workers, SHARDS)
      }
    },
  },

  scale: {
    about: 'from one worker to three and back to one: partitions move when copies are close, and all are worked on',
    setting: { workers: 3, rate: 500, standbys: 1, first: 1 },
    async disturb({ workers, feeder, settled, measure }) {
      const [first, second, third] = workers
      measure()
      for (const more of [second!, third!]) {
        await sleep(1000)
        await more.start()
      }
      await until('each to have partitions', TIMEOUT, () => workers.every((worker) => worker.owned > 0))
      await copied(workers, SHARDS)
      for (const less of [third!, first!]) {
        await less.stop()
        await sleep(1000)
      }
      await catchUp({ feeder, settled })
      await sleep(1000)
    },
  },

  restore: {
    about: 'every state is lost, and the broker is killed while the tables are read back from it',
    setting: pair,
    async disturb({ kafka, workers, feeder, settled, refuseDeaths }) {
      await sleep(4000)
      const broker = kafka.node(0)
      await until('a restore that the broker did not live to see the end of', TIMEOUT, async () => {
        await Promise.all(workers.map((worker) => worker.kill()))
        for (const worker of workers) await worker.wipe()
        for (const worker of workers) await worker.start()
        await until('a restore to begin', TIMEOUT, () => restored(workers) > 0)
        await broker.kill()
        const early = restored(workers)
        await sleep(2000)
        refuseDeaths()
        await broker.restart()
        await catchUp({ feeder, settled })
        // It is another try if all had ended in the moment of the kill.
        return restored(workers) > early
      })
    },
  },

  wipe: {
    about: 'one worker loses its state in mid-run, then all of them',
    setting: pair,
    async disturb({ workers, feeder, settled }) {
      await copied(workers, SHARDS)
      await workers[0]!.kill()
      await workers[0]!.wipe()
      await workers[0]!.start()
      await workers[0]!.ready()
      await copied(workers, SHARDS)
      await catchUp({ feeder, settled })
      await Promise.all(workers.map((worker) => worker.kill()))
      for (const worker of workers) await worker.wipe()
      for (const worker of workers) await worker.start()
      await copied(workers, SHARDS)
    },
  },
}

/** SIGSTOP in the worst moment of a transaction: all that is missing is the commit. */
async function stopWithin(worker: WorkerProcess): Promise<void> {
  if (!(await worker.pauseWithin('commit', TIMEOUT))) throw new Error(`Worker ${worker.number} came to no commit`)
}

/** Until everything that was sent is committed, with the sender at rest meanwhile. */
async function catchUp({ feeder, settled }: Pick<Scene, 'feeder' | 'settled'>): Promise<void> {
  await feeder.stop()
  await settled()
  feeder.start()
}

/** Until workers have close copies of so many shards together. */
async function copied(workers: readonly WorkerProcess[], shards: number): Promise<void> {
  const copies = (): number => workers.reduce((sum, worker) => sum + worker.copies.close(CLOSE), 0)
  await until(
    `${shards} copies`,
    TIMEOUT,
    () => copies() >= shards,
    async () => `There are ${copies()}.`,
  )
}

/** Shards that were read back by the processes of now. */
function restored(workers: readonly WorkerProcess[]): number {
  return workers.reduce((sum, { restores, starts }) => sum + restores.filter(({ start }) => start === starts).length, 0)
}
