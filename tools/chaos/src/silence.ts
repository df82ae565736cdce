import type { Output } from './program.ts'
import type { Log } from './read-topic.ts'

/** The longest time in which a partition got no output, in ms, of those that began and ended between two times. */
export function longestSilence(output: Log, from: number, to: number): number {
  let longest = 0
  for (const partition of output) {
    const times = partition.map(({ value }) => (value as Output).at).filter((at) => at >= from && at <= to)
    for (const [index, at] of times.entries()) longest = Math.max(longest, at - (times[index - 1] ?? at))
  }
  return longest
}
