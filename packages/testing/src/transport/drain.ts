import type { Clock, GroupConsumer, Reader } from '@faust/core'
import { text } from '../kit/bytes.ts'
import { turn } from '../kit/turn.ts'

/** Polls until `done` says that enough values have come, and answers them in order. The case's bound ends it otherwise. */
export async function drain(
  clock: Clock,
  source: Pick<Reader | GroupConsumer, 'poll'>,
  done: (count: number) => boolean,
): Promise<(string | null)[]> {
  const found: (string | null)[] = []
  while (!done(found.length)) {
    await turn(clock)
    for (const batch of await source.poll({ maxWait: 200 }))
      found.push(...Array.from(batch.records, (item) => text(item.value)))
  }
  return found
}

/** Polls `times` times and answers all values that came. */
export async function pollTimes(
  clock: Clock,
  source: Pick<Reader | GroupConsumer, 'poll'>,
  times: number,
  maxWait: number,
): Promise<(string | null)[]> {
  const found: (string | null)[] = []
  for (let time = 0; time < times; time++) {
    await turn(clock)
    for (const batch of await source.poll({ maxWait }))
      found.push(...Array.from(batch.records, (item) => text(item.value)))
  }
  return found
}
