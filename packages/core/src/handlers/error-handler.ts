import { HTTPError } from '../errors.ts'
import { RequestHandler } from '../request-handler.ts'

/** Answers every method with an error status (Tornado: `ErrorHandler`): `['/gone', ErrorHandler, { status: 410 }]`. */
export class ErrorHandler extends RequestHandler {
  static readonly acceptsAnyMethod: boolean = true
  /** Nobody reads the body, so that it is neither asked for nor stored. */
  static readonly streamRequestBody: boolean = true
  /** @throws {@link RangeError} for a status that is no error's */
  static checkArgs({ status = 404 }: { readonly status?: number }): void {
    new HTTPError(status)
  }

  #status = 404
  #error: HTTPError | undefined

  /** @param args.error - what to answer with, where a status alone does not say it all */
  override initialize({ status, error }: { status: number; error?: HTTPError }): void {
    this.#status = status
    this.#error = error
  }

  override prepare(): void {
    if (this.#error !== undefined) throw this.#error
    void this.sendError(this.#status) // a stack that nobody looks at would be most of the cost of a 404
  }
}
