/** A Markdown table with columns of one width, which is how the formatter of the house leaves it. */
export function markdownTable([head = [], ...body]: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, i) => Math.max(...[head, ...body].map(row => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)]
}
