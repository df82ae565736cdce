import type { TopicPartition } from '../../transport/record.ts'

/** Which partitions these are, for people: `orders 0-3, 7; payments 1`. Topics in the order of their names. */
export function describePartitions(partitions: readonly TopicPartition[]): string {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition])
  return [...byTopic]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([topic, numbers]) => `${topic} ${ranges(numbers.sort((a, b) => a - b)).join(', ')}`)
    .join('; ')
}

/** Numbers that follow each other as one range. */
function ranges(numbers: readonly number[]): string[] {
  const found: { first: number; last: number }[] = []
  for (const number of numbers) {
    const range = found.at(-1)
    if (range?.last === number - 1) range.last = number
    else found.push({ first: number, last: number })
  }
  return found.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
}
