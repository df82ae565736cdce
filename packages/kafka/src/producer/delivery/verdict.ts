/** What an answer to Produce means for its batch. */
export type Verdict =
  /** The log has it: 0, and 46, which says that it had it already. */
  | 'stored'
  /** The same bytes again. */
  | 'again'
  /** Too large, or with a bad record: in smaller pieces, or refused when it is one record. */
  | 'divide'
  /** Certainly not stored. */
  | 'refused'
  /** A newer producer has the id, or the transaction took too long: only `init` can tell. */
  | 'fenced'
  /** Nobody can say: everything of this producer ends here. */
  | 'unknown'

const VERDICTS: ReadonlyMap<number, Verdict> = new Map<number, Verdict>([
  [0, 'stored'],
  [46, 'stored'],

  [3, 'again'],
  [5, 'again'],
  [6, 'again'],
  [7, 'again'],
  [8, 'again'],
  [9, 'again'],
  [13, 'again'],
  [14, 'again'],
  [15, 'again'],
  [16, 'again'],
  [19, 'again'],
  [20, 'again'],
  [51, 'again'],
  [56, 'again'],
  [72, 'again'],
  [74, 'again'],
  [75, 'again'],
  [89, 'again'],
  // Damaged on the way; a few times, as it might also be ours.
  [2, 'again'],

  [10, 'divide'],
  [18, 'divide'],
  [32, 'divide'],
  [87, 'divide'],

  [17, 'refused'],
  [21, 'refused'],
  [29, 'refused'],
  [31, 'refused'],
  [35, 'refused'],
  [42, 'refused'],
  [43, 'refused'],
  [44, 'refused'],
  [48, 'refused'],
  [53, 'refused'],
  [76, 'refused'],
  [120, 'refused'],

  [47, 'fenced'],
  [49, 'fenced'],
  [90, 'fenced'],
  // 45 and 59, and -1 and whatever a broker invents: something may have been stored.
])

export function verdictOf(code: number): Verdict {
  return VERDICTS.get(code) ?? 'unknown'
}

/** After these another broker may lead the partition. */
const STALE: ReadonlySet<number> = new Set([3, 5, 6, 13, 56, 72, 74, 75])

export function isStale(code: number): boolean {
  return STALE.has(code)
}

/** Answers of a broker that had not begun to write. After any other the batch may be in the log. */
const BEFORE_WRITING: ReadonlySet<number> = new Set([2, 3, 5, 14, 15, 16, 19, 51, 72, 74, 75, 89])

export function isBeforeWriting(code: number): boolean {
  return BEFORE_WRITING.has(code)
}
