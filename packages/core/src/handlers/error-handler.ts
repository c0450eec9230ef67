import { HTTPError } from '../errors.ts'
import { RequestHandler } from '../request-handler.ts'

/** Answers every method with an error status (Tornado: `ErrorHandler`): `['/gone', ErrorHandler, { status: 410 }]`. */
export class ErrorHandler extends RequestHandler {
  static readonly acceptsAnyMethod: boolean = true
  /** Nobody reads the body, so that it is neither asked for nor stored. */
  static readonly streamRequestBody: boolean = true
  #error = new HTTPError(404)

  /** @param args.error - what to answer with, where a status alone does not say it all */
  override initialize({ status, error = new HTTPError(status) }: { status: number; error?: HTTPError }): void {
    this.#error = error
  }

  override prepare(): void {
    throw this.#error
  }
}
