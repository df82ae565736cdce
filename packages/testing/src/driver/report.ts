import type { AppStatus } from '@faust/core'
import type { Overrun } from './round-limit.ts'

/** As many topics or agents as a message names. */
const NAMED = 5

/** Says what moves without end. */
export function describeOverrun({ rounds, topics }: Overrun): string {
  const list = topics.slice(0, NAMED).map(([topic, records]) => `${records} of ${topic}`)
  return (
    `The app is not quiet after ${rounds} rounds of reading while time stood still; it may be feeding itself without ` +
    `end. Records read in this time: ${list.join(', ')}. Mend the program, or raise the driver's \`limit\` if it is right.`
  )
}

/** Says who has which values in hand, or that serializers do not answer. */
export function describeHands(statuses: readonly AppStatus[], patience: number): string {
  const list = statuses.flatMap(({ partitions }) =>
    partitions.flatMap(({ topic, partition, agents }) =>
      agents
        .filter(({ inHand }) => inHand > 0)
        .map(
          ({ agent, frontier, inHand }) =>
            `agent ${agent} (${inHand} of ${topic}, partition ${partition}, from offset ${frontier})`,
        ),
    ),
  )
  const serializing = statuses.reduce((sum, status) => sum + status.serializing, 0)
  if (serializing > 0) {
    return (
      `${serializing === 1 ? 'A serializer has' : `${serializing} serializers have`} not answered for ${patience} ms of real time, and nothing moved. A driver call ` +
      `waits for what they ask. Raise \`patience\` if that is slow, or set it to 0 to go on without it.`
    )
  }
  return (
    `Handlers have had values in hand for ${patience} ms of real time, and nothing moved: ${list.slice(0, NAMED).join(', ')}. ` +
    `A driver call waits for handlers that do real work. One that waits for time must use the driver's clock ` +
    `(\`driver.clock\`); one that waits for the test needs a call that is not awaited yet. Raise \`patience\` for slow work, or set ` +
    `it to 0 to go on without it.`
  )
}
