/** Response fields by name; an array sends the field once for each value. */
export type HeaderFields = Readonly<Record<string, string | number | Date | readonly string[]>>

/** What goes with an {@link HTTPError}. */
export interface HTTPErrorOptions extends ErrorOptions {
  /** Sent with the error page, such as `Allow` on a 405. */
  headers?: HeaderFields
  /** The reason phrase that the client sees, in place of the usual one of the status. */
  reason?: string
}

/**
 * Ends the request with an error status: `throw new HTTPError(404, 'no story 17')`.
 *
 * The client sees the status, `headers` and `reason`. `logMessage` goes to the log
 * only, so it may name tables, paths or users. Anything else that is thrown becomes a plain 500.
 *
 * @throws {@link RangeError} if `status` is not a whole number from 400 to 599
 */
export class HTTPError extends Error {
  static {
    this.prototype.name = 'HTTPError' // as native errors have it: shown in stacks, not an own property
  }
  readonly status: number
  readonly logMessage: string | undefined
  readonly headers: HeaderFields
  readonly reason: string | undefined

  constructor(status: number, logMessage?: string, options: HTTPErrorOptions = {}) {
    if (!Number.isInteger(status) || status < 400 || status > 599) {
      throw new RangeError(`HTTPError: status must be from 400 to 599, got ${status}`)
    }
    super(logMessage ? `HTTP ${status}: ${logMessage}` : `HTTP ${status}`, options) // keeps options.cause
    this.status = status
    this.logMessage = logMessage
    this.headers = options.headers ?? {}
    this.reason = options.reason
  }
}

/** A 400 for an argument that was asked for without a default and did not come (Tornado: `MissingArgumentError`). */
export class MissingArgumentError extends HTTPError {
  static {
    this.prototype.name = 'MissingArgumentError'
  }
  readonly argument: string

  constructor(argument: string) {
    super(400, `Missing argument ${argument}`)
    this.argument = argument
  }
}

/**
 * Ends the request quietly: what was written is sent, with the status and headers set so far (Tornado: `Finish`).
 *
 * @example
 * throw new Finish({ cached: true }) // writes the object, then ends
 */
export class Finish extends Error {
  static {
    this.prototype.name = 'Finish'
  }
  readonly body: unknown

  constructor(body?: unknown) {
    super('the request was finished by throwing Finish')
    this.body = body
  }
}

/** A header, status or cookie was set after the head of the response had left. */
export class HeadersSentError extends Error {
  static {
    this.prototype.name = 'HeadersSentError'
  }
  readonly code = 'TYPHOON_HEADERS_SENT'

  constructor(action: string) {
    super(`${action}: the head of the response has already been sent; call it before the first flush() or finish()`)
  }
}

/** `write()`, `flush()` or `finish()` was called on a response that is complete or has been handed over. */
export class ResponseFinishedError extends Error {
  static {
    this.prototype.name = 'ResponseFinishedError'
  }
  readonly code = 'TYPHOON_RESPONSE_FINISHED'

  constructor(action: string) {
    super(`${action}: the response is already finished; return after finish(), redirect(), render() or sendError()`)
  }
}

/** The client went away before the response was complete. */
export class ConnectionClosedError extends Error {
  static {
    this.prototype.name = 'ConnectionClosedError'
  }
  readonly code = 'TYPHOON_CONNECTION_CLOSED'

  constructor(message = 'the client closed the connection before the response was complete', options?: ErrorOptions) {
    super(message, options)
  }
}
