/** One place that breaks a rule, and what to do about it. */
export interface Finding {
  /** Path from the root of the repository. */
  readonly file: string
  /** 1-based; 1 where the whole file is meant. */
  readonly line: number
  readonly problem: string
  readonly remedy: string
}

/** The form editors and terminals make clickable: `file:line problem`, the remedy on its own line. */
export function render(finding: Finding): string {
  return `${finding.file}:${finding.line} ${finding.problem}\n    ${finding.remedy}`
}
