/** What comes back: the head, and the body at once or as it arrives. */
import type { HTTPRequest } from './http-request.ts'
import type { ResponseHead } from './response-head.ts'

/** Where the time went, in milliseconds; what a redirect or a repetition needed is added up. */
export interface TimeInfo {
  /** Waiting for `maxClients`. */
  readonly queue: number
  /** Name resolution; 0 on a connection that was there, like the next two. */
  readonly lookup: number
  /** TCP, for a proxy with TLS also that to the proxy. */
  readonly connect: number
  readonly tls: number
  /** From the request being sent to the head of the answer. */
  readonly headers: number
  readonly body: number
  /** All of it, with the waiting before repetitions. */
  readonly total: number
}

/** An answer with its whole body (Tornado: `HTTPResponse`). */
export class HTTPResponse implements ResponseHead {
  /** The request that was asked for; where redirects led is in `effectiveUrl`. */
  readonly request: HTTPRequest
  readonly code: number
  readonly reason: string
  readonly headers: Headers
  readonly effectiveUrl: string
  /** The body, decoded; empty if it went to `streamingCallback`. */
  readonly body: Buffer
  readonly timeInfo: TimeInfo

  constructor(request: HTTPRequest, head: ResponseHead, body: Buffer, timeInfo: TimeInfo) {
    this.request = request
    this.code = head.code
    this.reason = head.reason
    this.headers = head.headers
    this.effectiveUrl = head.effectiveUrl
    this.body = body
    this.timeInfo = timeInfo
  }

  /** Milliseconds from the call of `fetch()` to the end of the body, waiting in the queue included. */
  get requestTime(): number {
    return this.timeInfo.total
  }

  /** The body as text, in the charset that Content-Type names; UTF-8 if it names none, or one that is not known. */
  text(): string {
    return decodeText(this.body, this.headers.get('content-type'))
  }

  /** The value that the body's JSON stands for. @throws {@link SyntaxError} if it is not JSON */
  json(): unknown {
    return JSON.parse(new TextDecoder().decode(this.body)) // RFC 8259 §8.1: always UTF-8; a byte order mark is dropped
  }
}

/**
 * An answer whose body is read as it arrives: `for await (const chunk of response)`, once.
 *
 * Until the body has been read or the response was closed it keeps its connection and its place among `maxClients`;
 * `bodyTimeout` and `requestTimeout` go on.
 */
export class StreamedResponse implements ResponseHead, AsyncIterable<Buffer>, AsyncDisposable {
  /** The request that was asked for; where redirects led is in `effectiveUrl`. */
  readonly request: HTTPRequest
  readonly code: number
  readonly reason: string
  readonly headers: Headers
  readonly effectiveUrl: string
  readonly #body: AsyncIterable<Buffer>
  readonly #close: () => void
  readonly #timeInfo: () => TimeInfo
  #taken = false

  constructor(
    request: HTTPRequest,
    head: ResponseHead,
    body: AsyncIterable<Buffer>,
    close: () => void,
    timeInfo: () => TimeInfo,
  ) {
    this.request = request
    this.code = head.code
    this.reason = head.reason
    this.headers = head.headers
    this.effectiveUrl = head.effectiveUrl
    this.#body = body
    this.#close = close
    this.#timeInfo = timeInfo
  }

  /** Where the time went, up to now or to the end of the body. */
  get timeInfo(): TimeInfo {
    return this.#timeInfo()
  }

  /** The parts of the body, decoded. Leaving the loop early closes the response. @throws {@link TypeError} the second time */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, void> {
    const body = this.#body
    if (this.#taken) throw new TypeError('the body of a response can be read only once')
    this.#taken = true
    try {
      yield* body
    } finally {
      this.#close()
    }
  }

  /** Gives up what has not been read; the connection is closed. */
  close(): void {
    this.#close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close()
  }
}

function decodeText(body: Buffer, contentType: string | null): string {
  const charset = /;[ \t]*charset="?([A-Za-z0-9._:+-]{1,40})/i.exec(contentType ?? '')?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    return new TextDecoder().decode(body) // a RangeError for its name: bytes that do not fit never throw
  }
}
