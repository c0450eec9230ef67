/** A line on standard error that says what is being done; on a terminal it replaces the one before. */
import process from 'node:process'

/** @param text - empty to clear the line */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`)
}
