/** Sequences run from 0 to 2^31 - 1 and then begin again, also in the middle of a batch. */
const SEQUENCES = 2 ** 31

/** The sequence behind `count` records of which the first has `first`. */
export function sequenceAfter(first: number, count: number): number {
  return (first + count) % SEQUENCES
}
