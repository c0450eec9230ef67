/** Where in a template something is, counted from one. */
export interface TemplatePosition {
  readonly line: number
  readonly column: number
}

interface TemplateErrorDetails {
  readonly template: string
  readonly file?: string | undefined
  readonly position?: TemplatePosition | undefined
  readonly source?: string | undefined
  /** Put the excerpt into the message, where a developer's error page shows it. */
  readonly verbose?: boolean
  readonly cause?: unknown
}

const LINES_AROUND = 3

/**
 * A template that cannot be found, compiled or rendered.
 *
 * The message begins with file, line and column; with `reload` on it ends in the excerpt, ready for a developer's
 * error page. It names paths of the server, so it is not for clients. `cause` is the error that the template met.
 */
export class TemplateError extends Error {
  static {
    this.prototype.name = 'TemplateError'
  }
  readonly code = 'TYPHOON_TEMPLATE'
  /** The name that was asked for. */
  readonly template: string
  /** The file's path; `undefined` where there is none. */
  readonly file: string | undefined
  /** Counted from one; `undefined` if the template could not be read at all. */
  readonly line: number | undefined
  /** Counted from one. */
  readonly column: number | undefined
  /** The lines around the error, with a caret under the place. */
  readonly excerpt: string | undefined

  constructor(message: string, details: TemplateErrorDetails) {
    const { template, file, position, source } = details
    const excerpt = source !== undefined && position ? excerptAround(source, position) : undefined
    const place = position ? `${file ?? template}:${position.line}:${position.column}: ` : ''
    const tail = details.verbose && excerpt ? `\n\n${excerpt}\n` : ''
    super(`${place}${message}${tail}`, details.cause === undefined ? {} : { cause: details.cause })
    this.template = template
    this.file = file
    this.line = position?.line
    this.column = position?.column
    this.excerpt = excerpt
  }
}

function excerptAround(source: string, { line, column }: TemplatePosition): string {
  const lines = source.split('\n')
  const first = Math.max(1, line - LINES_AROUND)
  const last = Math.min(lines.length, line + LINES_AROUND)
  const width = String(last).length
  const shown: string[] = []
  for (let number = first; number <= last; number++) {
    const text = (lines[number - 1] ?? '').replace(/\r$/, '')
    shown.push(`${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${text}`.trimEnd())
    if (number === line) shown.push(`  ${' '.repeat(width)} | ${blank(text.slice(0, column - 1))}^`)
  }
  return shown.join('\n')
}

/** Spaces as wide as the text; tabs stay, so that the caret stands under its character. */
function blank(text: string): string {
  return text.replace(/[^\t]/g, ' ')
}
