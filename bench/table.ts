/** A table of the report, and how it looks as Markdown. */

export interface Table {
  readonly title: string
  /** What was done, in one or two sentences. */
  readonly note: string
  readonly columns: readonly string[]
  /** As many cells in each row as there are columns; the first is the contender's name. */
  readonly rows: readonly (readonly string[])[]
  /** Versions of what took part, such as `fastify 5.12.8`. */
  readonly versions: readonly string[]
  /** Rounds or repetitions behind each figure, such as `5 rounds of 2 s`. */
  readonly effort: string
}

/** The rows and columns as a Markdown table, padded so that it can be read as text, too. */
export function markdownTable({ columns, rows }: Pick<Table, 'columns' | 'rows'>): string {
  const widths = columns.map((column, i) => Math.max(column.length, 3, ...rows.map((row) => cell(row, i).length)))
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => pad(cell(cells, i), width, i)).join(' | ')} |`
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(columns), line(rule), ...rows.map(line)].join('\n')
}

function cell(cells: readonly string[], index: number): string {
  return cells[index] ?? ''
}

/** Names to the left, figures to the right. */
function pad(text: string, width: number, index: number): string {
  return index === 0 ? text.padEnd(width) : text.padStart(width)
}
