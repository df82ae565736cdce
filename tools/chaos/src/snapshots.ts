import { setTimeout as sleep } from 'node:timers/promises'
import type { Transport } from '@faust/core'
import { changelogTopic, inputTopic, outputTopic, PARTITIONS } from './program.ts'

/** What was committed at a moment, and how far the effects reached then, by partition. */
export interface Snapshot {
  readonly committed: readonly number[]
  /** Ends of the output topic and of the changelog of `ids`, asked for after the committed offsets. */
  readonly outputEnds: readonly number[]
  readonly idsEnds: readonly number[]
}

/** Asks in the order that makes the check sound: what is committed first, then how far its effects reach. */
async function takeSnapshot(transport: Transport, run: string): Promise<Snapshot> {
  const of = (topic: string): { topic: string; partition: number }[] =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }))
  const { admin } = transport
  const committed = await admin.committedOffsets(run, of(inputTopic(run)), { requireStable: false })
  const ends = async (topic: string): Promise<number[]> => (await admin.offsets(of(topic))).map(({ logEnd }) => logEnd)
  const [outputEnds, idsEnds] = await Promise.all([ends(outputTopic(run)), ends(changelogTopic(run, 'ids'))])
  return { committed: committed.map(({ offset }) => offset ?? 0), outputEnds, idsEnds }
}

/** Takes one after the other until the signal fires, and tells each. While Kafka is away there is nothing to see. */
export async function takeSnapshots(
  transport: Transport,
  run: string,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (snapshot: Snapshot) => void },
): Promise<Snapshot[]> {
  const taken: Snapshot[] = []
  while (!signal.aborted) {
    const one = await takeSnapshot(transport, run).catch(() => undefined)
    if (one !== undefined) {
      taken.push(one)
      tell(one)
    }
    await sleep(150, undefined, { signal }).catch(() => {})
  }
  taken.push(await takeSnapshot(transport, run))
  return taken
}
