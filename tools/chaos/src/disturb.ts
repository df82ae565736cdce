import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaCluster } from '@faust-tools/services'
import { type SeededRandom, seededRandom } from '@faust/testing'
import { WORKER_SETTINGS } from './settings.ts'
import type { WorkerProcess } from './worker-process.ts'

/** What may happen to a run. */
export const DISTURBANCES = ['kill', 'pause', 'broker'] as const
export type Disturbance = (typeof DISTURBANCES)[number]

/** How often each happened. */
export interface Tally {
  kills: number
  /** Kills after which the state directory was lost. */
  wipes: number
  pauses: number
  brokers: number
}

/** After so many ms a worker is disturbed though it has committed nothing. */
const WORK_TIMEOUT = 30_000

/** Kills one worker again and again at moments that come from the seed, and starts it again, until the signal fires. */
export async function disturbWorker(
  worker: WorkerProcess,
  { seed, kinds, tally, signal }: { seed: string; kinds: ReadonlySet<Disturbance>; tally: Tally; signal: AbortSignal },
): Promise<void> {
  const random = seededRandom(`${seed} worker ${worker.number}`)
  while (!signal.aborted) {
    // From the midst of its start to long after it. Mostly after it has done something, on a slow machine, too.
    if (random.int(4) > 0) await worker.committed(WORK_TIMEOUT, signal)
    await wait(random.pick([200, 1000, 4000, 8000]) * random.next(), signal)
    if (signal.aborted) break
    const pauses = kinds.has('pause') && (!kinds.has('kill') || random.int(3) === 0)
    if (pauses) {
      tally.pauses++
      await stop(worker, random)
      await wait(longerOrShorterThanSession(random), signal)
      worker.resume()
    } else if (kinds.has('kill')) {
      tally.kills++
      await worker.kill()
      const lost = random.int(6) === 0
      if (lost) {
        tally.wipes++
        await worker.wipe()
      }
      await wait(random.int(2) === 0 ? 300 * random.next() : longerOrShorterThanSession(random), signal)
      await worker.start()
    }
  }
}

/** Kills one broker after the other, at most one at a time, and starts it again. */
export async function disturbBrokers(
  kafka: KafkaCluster,
  { seed, tally, signal }: { seed: string; tally: Tally; signal: AbortSignal },
): Promise<void> {
  const random = seededRandom(`${seed} brokers`)
  while (!signal.aborted) {
    await wait(3000 + 10_000 * random.next(), signal)
    if (signal.aborted) break
    tally.brokers++
    const node = kafka.node(random.int(kafka.brokers.length))
    await node.kill()
    await wait(8000 * random.next(), signal)
    await node.restart()
  }
}

/** Now, or within a transaction when it comes to one. */
async function stop(worker: WorkerProcess, random: SeededRandom): Promise<void> {
  const step = random.pick(['offsets', 'commit', undefined, undefined] as const)
  if (step === undefined || !worker.isReady || !(await worker.pauseWithin(step, 1000))) worker.pause()
}

/** Ms: up to one and a half sessions. */
function longerOrShorterThanSession(random: SeededRandom): number {
  return WORKER_SETTINGS.sessionTimeout * 1.5 * random.next()
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}
