/** A message catalogue that cannot be read: the file, the line where there are lines, and what is wrong. */
export class CatalogueError extends Error {
  static {
    this.prototype.name = 'CatalogueError'
  }
  readonly code = 'TYPHOON_CATALOGUE'
  readonly file: string
  /** Counted from one; `undefined` if the fault is in no one line. */
  readonly line: number | undefined

  constructor(file: string, line: number | undefined, problem: string, options: ErrorOptions = {}) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${problem}`, options)
    this.file = file
    this.line = line
  }
}
