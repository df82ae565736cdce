import { clauseOf, FaustError, type FaustErrorOptions } from '../../service/errors.ts'
import type { TopicPartitionOffset } from '../../transport/record.ts'

/** Where a record stands, in words. */
export function describePlace({ topic, partition, offset }: TopicPartitionOffset): string {
  return `topic ${topic}, partition ${partition}, offset ${offset}`
}

/** An error of one record: it begins with where that stands, which its details have as well. */
export function recordError(
  code: string,
  { topic, partition, offset }: TopicPartitionOffset,
  problem: string,
  options: FaustErrorOptions = {},
): FaustError {
  const place = { topic, partition, offset }
  const details = { ...options.details, ...place }
  return new FaustError(code, `At ${describePlace(place)}: ${problem}`, { ...options, details })
}

/** What was wrong, to go on behind words that have said where: without the place, and without a full stop. */
export function problemAt(place: TopicPartitionOffset, error: unknown): string {
  const problem = clauseOf(error)
  const at = `At ${describePlace(place)}: `
  return problem.startsWith(at) ? problem.slice(at.length) : problem
}
