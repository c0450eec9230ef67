import { inspect } from 'node:util'

/** Writes one line: an object with what machines read, and a text for people. */
export type TCPLogMethod = (fields: object, message: string) => void

/** What a server asks of a logger; pino, and anything else with these four methods, will do. */
export interface TCPLogger {
  debug: TCPLogMethod
  info: TCPLogMethod
  warn: TCPLogMethod
  error: TCPLogMethod
}

/** Writes warnings and errors to standard error. */
export const standardErrorLogger: TCPLogger = {
  debug() {},
  info() {},
  warn: (fields, message) => writeLine('warning', fields, message),
  error: (fields, message) => writeLine('error', fields, message),
}

function writeLine(level: string, fields: object, message: string): void {
  const { err } = fields as { err?: unknown }
  const detail = err === undefined ? '' : inspect(err)
  const lines = `tcp ${level}: ${message}\n${detail}`.trimEnd().split('\n').map(escapeControls)
  process.stderr.write(`${lines.join('\n    ')}\n`)
}

/** A peer must not reach the terminal with escape sequences. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
