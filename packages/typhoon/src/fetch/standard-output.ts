/** Standard output as the place for a body: as fast as its reader takes it, and nothing binary to a terminal. */
import type { Writable } from 'node:stream'
import { CommandError } from '../command.ts'

const LOOKED_AT = 2000 // bytes at the beginning of a body

/** The reader of standard output has left, as `head` does when it has enough. */
export class ReaderGoneError extends Error {
  static {
    this.prototype.name = 'ReaderGoneError'
  }
}

export class StandardOutput {
  readonly #stream: Writable
  #guarded: boolean

  /** @param guarded - whether a binary body is refused */
  constructor(stream: Writable, guarded: boolean) {
    this.#stream = stream
    this.#guarded = guarded
    stream.on('error', () => {}) // whoever writes gets it
  }

  /**
   * Writes a part of the body; settles when the reader has taken it.
   *
   * @throws {@link ReaderGoneError}; {@link CommandError} for a binary body, or for what the system says
   */
  async writeBody(chunk: Buffer): Promise<void> {
    if (this.#guarded && chunk.subarray(0, LOOKED_AT).includes(0)) {
      throw new CommandError('the body is binary, which is not for a terminal: save it with --output <file>')
    }
    this.#guarded = false
    await this.write(chunk)
  }

  write(chunk: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(chunk, (error) => {
        if (error === null || error === undefined) resolve()
        else reject(explain(error))
      })
    })
  }
}

function explain(cause: NodeJS.ErrnoException): Error {
  if (cause.code === 'EPIPE') return new ReaderGoneError('the reader has left', { cause })
  return new CommandError(`cannot write to standard output: ${cause.message}`, { cause })
}
