import { setTimeout as sleep } from 'node:timers/promises'
import { type Disturbance, disturbBrokers, disturbWorker, type Tally } from './disturb.ts'
import { play, type SceneOptions, type SceneReport } from './scene.ts'

export interface ChaosOptions extends SceneOptions {
  readonly seed: string
  /** How long at least. */
  readonly seconds: number
  /** Kills and pauses that there have to be, and killed brokers where these are among the kinds: it goes on until then. */
  readonly strikes: { readonly workers: number; readonly brokers: number }
  readonly kinds: ReadonlySet<Disturbance>
  readonly say: (line: string) => void
}

export interface ChaosReport extends SceneReport {
  readonly tally: Tally
}

const BEAT = 5000

/** Disturbs at random for a while. The seed decides what is done and when; what it meets depends on the machine. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { kafka, kinds, say, seconds, seed, strikes } = options
  const tally: Tally = { kills: 0, wipes: 0, pauses: 0, brokers: 0 }
  const report = await play(options, async ({ workers, feeder, refuseDeaths }) => {
    const end = new AbortController()
    const { signal } = end
    const disturbing = Promise.all([
      ...workers.map((worker) => disturbWorker(worker, { seed, kinds, tally, signal })),
      ...(kinds.has('broker') ? [disturbBrokers(kafka, { seed, tally, signal })] : []),
    ])
    disturbing.catch(() => {})
    const begun = performance.now()
    const passed = (): number => performance.now() - begun
    const enough = (): boolean =>
      passed() >= seconds * 1000 &&
      tally.kills + tally.pauses >= strikes.workers &&
      (!kinds.has('broker') || tally.brokers >= strikes.brokers)
    while (!enough()) {
      const left = seconds * 1000 - passed()
      await sleep(left > 0 ? Math.min(BEAT, left) : BEAT)
      refuseDeaths()
      say(`${Math.round(passed() / 1000)} s: ${feeder.sent} records, ${described(tally)}`)
    }
    end.abort()
    await disturbing
  })
  return { ...report, tally }
}

/** What was done so far, in words. */
export function described({ kills, wipes, pauses, brokers }: Tally): string {
  const parts = [
    kills > 0 ? [`${kills} kills, ${wipes} with the loss of the state`] : [],
    pauses > 0 ? [`${pauses} pauses`] : [],
    brokers > 0 ? [`${brokers} killed brokers`] : [],
  ].flat()
  return parts.length === 0 ? 'nothing yet' : parts.join(', ')
}
