import type { PeerCertificate } from 'node:tls'
import type { Exchange, NodeMessages } from '../exchange.ts'
import { parseCookies, readCookie } from '../headers/cookie.ts'
import { parseHost } from '../headers/host.ts'
import type { HTTPHeaders } from '../http-headers.ts'
import { checkInteger } from '../options.ts'
import { type ArgumentMap, parseUrlencoded } from './arguments.ts'
import { checkDeclaredSize, limitSize } from './body.ts'
import type { HTTPFile } from './http-file.ts'

/** What the content of a request came to. */
export interface ReceivedBody {
  readonly body: Buffer
  readonly bodyArguments: ArgumentMap
  readonly files: ReadonlyMap<string, readonly HTTPFile[]>
}

const NO_BODY: ReceivedBody = { body: Buffer.alloc(0), bodyArguments: new Map(), files: new Map() }

/** One request, as the server received it (Tornado: `HTTPServerRequest`). */
export class ServerRequest {
  /** The method in the case in which it came, for instance `GET`. */
  readonly method: string
  /** The still-encoded path, without the query. */
  readonly path: string
  /** The still-encoded query, without the question mark. */
  readonly query: string
  readonly headers: HTTPHeaders
  /** Names the request in logs and answers, where the middleware `requestId()` gives it one. */
  id: string | undefined = undefined
  readonly #exchange: Exchange
  readonly #maxArguments: number
  #received: ReceivedBody = NO_BODY
  #streams = false
  #maxBodySize: number | undefined
  #queryArguments: ArgumentMap | undefined
  #cookies: Readonly<Record<string, string>> | undefined
  #controller: AbortController | undefined

  /** @param maxArguments - how many arguments a query may have; more are answered with 400 */
  constructor(exchange: Exchange, maxArguments: number) {
    const { target } = exchange
    const mark = target.indexOf('?')
    this.method = exchange.method
    this.path = mark < 0 ? target : target.slice(0, mark)
    this.query = mark < 0 ? '' : target.slice(mark + 1)
    this.headers = exchange.headers
    this.#exchange = exchange
    this.#maxArguments = maxArguments
  }

  /** Path and query as they came, still encoded (Tornado: `uri`). */
  get uri(): string {
    return this.#exchange.target
  }

  /** `HTTP/1.0`, `HTTP/1.1` or `HTTP/2.0`. */
  get version(): string {
    return `HTTP/${this.#exchange.httpVersion}`
  }

  /** Host and port that the client asked for; an HTTP/1.0 client that names none is taken to mean `127.0.0.1`. */
  get host(): string {
    return this.#exchange.authority || '127.0.0.1'
  }

  /** The host in lower case, without the port. */
  get hostName(): string {
    return parseHost(this.host)?.hostname ?? this.host.toLowerCase()
  }

  get protocol(): 'http' | 'https' {
    return this.#exchange.peer.encrypted ? 'https' : 'http'
  }

  /** The client's IP address; empty for a Unix socket. */
  get remoteIp(): string {
    return this.#exchange.peer.address
  }

  /** The client's certificate, where TLS asked for one (Tornado: `get_ssl_certificate`). */
  get certificate(): PeerCertificate | undefined {
    return this.#exchange.peer.certificate()
  }

  /** The URL as the client wrote it, with protocol and host. */
  fullUrl(): string {
    return `${this.protocol}://${this.host}${this.uri}`
  }

  /** Milliseconds since the head of the request was complete. */
  requestTime(): number {
    return performance.now() - this.#exchange.startTime
  }

  /**
   * The whole content as bytes; empty for a multipart form, whose parts are in `bodyArguments` and `files`.
   *
   * With `static streamRequestBody = true` it is the stream of chunks instead, to be read once with `for await`; a
   * body that came whole can be iterated too and is its own single chunk.
   */
  get body(): Buffer & AsyncIterable<Buffer> {
    if (this.#streams) return this.#stream() as unknown as Buffer & AsyncIterable<Buffer> // only iteration is offered then
    return iterable(this.#received.body)
  }

  /** @internal the whole content as mere bytes */
  get bytes(): Buffer {
    return this.#received.body
  }

  /** Arguments of the query, in the order in which they came. @throws {@link HTTPError} 400 for text that is not UTF-8 */
  get queryArguments(): ArgumentMap {
    this.#queryArguments ??= parseUrlencoded(this.query, { maxFields: this.#maxArguments })
    return this.#queryArguments
  }

  /** Arguments of a form in the body. */
  get bodyArguments(): ArgumentMap {
    return this.#received.bodyArguments
  }

  /** Query and body arguments together; of one name, those of the body come last. */
  get arguments(): ArgumentMap {
    const all = new Map(this.queryArguments)
    for (const [name, values] of this.bodyArguments) all.set(name, [...(all.get(name) ?? []), ...values])
    return all
  }

  /** Uploaded files by the name of their form field. */
  get files(): ReadonlyMap<string, readonly HTTPFile[]> {
    return this.#received.files
  }

  /** Every cookie of the request; the last one of a name counts. */
  get cookies(): Readonly<Record<string, string>> {
    this.#cookies ??= parseCookies(this.headers.get('cookie') ?? '')
    return this.#cookies
  }

  /** One cookie, without parsing the others. */
  cookie(name: string): string | undefined {
    if (this.#cookies !== undefined) return this.#cookies[name]
    const header = this.headers.get('cookie')
    return header === undefined ? undefined : readCookie(header, name)
  }

  /** Aborts when the client goes away before the response is complete. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#exchange.peerGone) this.#controller.abort(clientGone())
    }
    return this.#controller.signal
  }

  /** Node's own request and response, where there are such; meant for adapters. */
  get node(): NodeMessages | undefined {
    return this.#exchange.node
  }

  async *#stream(): AsyncGenerator<Buffer, void> {
    checkDeclaredSize(this.#exchange.contentLength, this.maxBodySize)
    yield* limitSize(this.#exchange.body, this.maxBodySize)
  }

  /** @internal the life cycle tells what the content came to */
  receive(received: ReceivedBody): void {
    this.#received = received
  }

  /**
   * Largest streamed body in bytes; may be set until it is read, for instance in `prepare()` (Tornado: `set_max_body_size`).
   * A larger one is answered with 413.
   */
  get maxBodySize(): number {
    return this.#maxBodySize ?? Number.MAX_SAFE_INTEGER
  }

  set maxBodySize(size: number) {
    checkInteger('maxBodySize', size, { min: 0, max: Number.MAX_SAFE_INTEGER })
    this.#maxBodySize = size
  }

  /** @internal the handler takes the content chunk by chunk */
  streamBody(maxBodySize: number): void {
    this.#streams = true
    this.#maxBodySize = maxBodySize
  }

  /** @internal the client is gone */
  disconnected(): void {
    this.#controller?.abort(clientGone())
  }
}

function clientGone(): DOMException {
  return new DOMException('the client closed the connection', 'AbortError')
}

/** A buffer that can also be iterated as a stream of one chunk. */
const ITERATION: PropertyDescriptor = {
  configurable: true,
  value: async function* (this: Buffer): AsyncGenerator<Buffer, void> {
    if (this.length > 0) yield this
  },
}

function iterable(body: Buffer): Buffer & AsyncIterable<Buffer> {
  if (!(Symbol.asyncIterator in body)) Object.defineProperty(body, Symbol.asyncIterator, ITERATION)
  return body as Buffer & AsyncIterable<Buffer> // the property was just defined
}
