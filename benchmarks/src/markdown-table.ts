/** A table of Markdown in which columns of figures stand on the right, and the words line up in a terminal as well. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) => Math.max(3, name.length, ...rows.map((row) => row[column]!.length)))
  const figures = head.map((_, column) => rows.every((row) => /^[\d.,() ]+$/.test(row[column]!)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (figures[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(' | ')} |`
  const rule = widths.map((width, at) => (figures[at] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}
