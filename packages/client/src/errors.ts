/**
 * What a fetch can fail with. Callers branch on the class, on `code` and on `phase`; the text is for people.
 *
 * `code` is the status of the answer, or 599 where there is none that could be used, as Tornado has it.
 */
import type { HTTPResponse } from './http-response.ts'

/** How far a request has come. `total` stands for all of it, which is what `requestTimeout` covers. */
export type RequestPhase = 'queue' | 'connect' | 'headers' | 'body' | 'total'

/** Where an error happened. */
export interface HTTPClientErrorDetails extends ErrorOptions {
  readonly method: string
  /** The URL of the request that failed, after redirects; without a name and password. */
  readonly url: string
  readonly phase: RequestPhase
  /** @defaultValue 599 */
  readonly code?: number | undefined
  readonly response?: HTTPResponse | undefined
}

/** A fetch that brought no answer, or one that is an error: status 400 and above (Tornado: `HTTPClientError`). */
export class HTTPClientError extends Error {
  static {
    this.prototype.name = 'HTTPClientError'
  }
  /** The status of the answer; 599 if there is none. */
  readonly code: number
  readonly method: string
  readonly url: string
  readonly phase: RequestPhase
  /** The answer, if there is one; its body has been read. */
  readonly response: HTTPResponse | undefined

  constructor(message: string, { method, url, phase, code = 599, response, ...options }: HTTPClientErrorDetails) {
    super(`${message} (${method} ${url})`, options) // keeps options.cause
    this.code = code
    this.method = method
    this.url = url
    this.phase = phase
    this.response = response
  }
}

/** A time-out passed (Tornado: `HTTPTimeoutError`); `phase` tells which. */
export class HTTPTimeoutError extends HTTPClientError {
  static {
    this.prototype.name = 'HTTPTimeoutError'
  }
  /** The time that passed, in milliseconds. */
  readonly timeout: number

  constructor(message: string, timeout: number, details: HTTPClientErrorDetails) {
    super(message, details)
    this.timeout = timeout
  }
}

/** No connection, or one that broke (Tornado: `HTTPStreamClosedError`); what the system said is in `cause`. */
export class HTTPConnectionError extends HTTPClientError {
  static {
    this.prototype.name = 'HTTPConnectionError'
  }
}

/** The peer does not speak HTTP as RFC 9112 has it: no status line, a head without end, contradicting lengths. */
export class HTTPProtocolError extends HTTPClientError {
  static {
    this.prototype.name = 'HTTPProtocolError'
  }
}

/** The body is larger than `maxBodySize`, counted after decoding. */
export class BodyTooLargeError extends HTTPClientError {
  static {
    this.prototype.name = 'BodyTooLargeError'
  }
}

/** The body is not what its Content-Encoding says, or ends too early for it. */
export class ContentDecodingError extends HTTPClientError {
  static {
    this.prototype.name = 'ContentDecodingError'
  }
}

/** A redirect that cannot be followed: one too many, to another scheme, or with a body that cannot be sent twice. */
export class RedirectError extends HTTPClientError {
  static {
    this.prototype.name = 'RedirectError'
  }
}

/** The client was closed, before or during the fetch. */
export class ClientClosedError extends HTTPClientError {
  static {
    this.prototype.name = 'ClientClosedError'
  }
}
