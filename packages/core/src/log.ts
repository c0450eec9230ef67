/**
 * The logger interface, shaped so that a pino instance plugs in, and the default logger that writes Tornado's lines.
 */

/** Writes one line: an object with what machines read, and a text for people. */
export type LogMethod = (fields: object, message: string) => void

/** What Typhoon asks of a logger; pino, and anything with the same four methods, will do. */
export interface Logger {
  debug: LogMethod
  info: LogMethod
  warn: LogMethod
  error: LogMethod
}

const LEVELS = { debug: 'D', info: 'I', warn: 'W', error: 'E' } as const

/**
 * A logger that writes lines as Tornado does, `[I 261121 07:43:00 access] 200 GET / (127.0.0.1) 1.95ms`, to standard error.
 *
 * @param write - receives each line with its line break
 *
 * @example
 * new Application(rules, { logger: lineLogger((line) => file.write(line)) })
 */
export function lineLogger(write: (line: string) => void = (line) => process.stderr.write(line)): Logger {
  const method =
    (level: keyof typeof LEVELS): LogMethod =>
    (fields, message) =>
      write(formatLine(level, fields, message))
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') }
}

/** A logger that drops everything. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

function formatLine(level: keyof typeof LEVELS, fields: object, message: string): string {
  const { name = 'typhoon', err } = fields as { name?: string; err?: unknown }
  const line = `[${LEVELS[level]} ${timestamp(new Date())} ${name}] ${escapeControls(message)}\n`
  return err === undefined ? line : `${line}${indent(describeError(err))}\n`
}

function timestamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${two(date.getFullYear() % 100)}${two(date.getMonth() + 1)}${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const text = error.stack ?? String(error)
  return error.cause === undefined ? text : `${text}\ncaused by: ${describeError(error.cause)}`
}

/** A peer must not be able to begin a line of its own in the log, nor to reach the terminal with escape sequences. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** Continuation lines are indented, so that each entry of the log begins at the margin. */
function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${escapeControls(line)}`)
    .join('\n')
}
