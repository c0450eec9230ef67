/**
 * Requests over undici, which keeps the connections and reads and writes HTTP/1.1 and HTTP/2. The only file that knows it.
 *
 * What undici leaves open is closed here: an answer without a body is complete with its head, even if a Content-Length
 * says otherwise; time-outs are the caller's own timers, not undici's coarse ones; connections are made by connection.ts.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { Agent, type buildConnector, type Dispatcher, errors } from 'undici'
import { destinationOf, openConnection } from './connection.ts'
import type { ConnectionOptions } from './request-options.ts'
import {
  isBodiless,
  isForwarded,
  requestTarget,
  WireProtocolError,
  type WireRequest,
  type WireResponse,
} from './transport.ts'

const MAX_AGENTS = 32 // ways to connect (proxy, certificates, …) that are kept; the longest unused is closed first
const LONGEST_TIMER = 2 ** 31 - 1 // ms

/** Tells the connector for which request it connects: undici does not, but calls it in the context of the request. */
const connectingFor = new AsyncLocalStorage<WireRequest>()

/** The requests that are under way. */
const live = new WeakSet<WireRequest>()

/** Keeps undici from connecting again for a request that was aborted, which it would do only to notice that it was. */
class NotNeededError extends Error {}

export class UndiciTransport {
  readonly #agents: Map<string, Agent> = new Map()
  readonly #identities: WeakMap<object, number> = new WeakMap()
  readonly #keepAliveTimeout: number
  readonly #maxHeaderSize: number
  #identityCount = 0

  constructor(options: { keepAliveTimeout: number; maxHeaderSize: number }) {
    this.#keepAliveTimeout = options.keepAliveTimeout
    this.#maxHeaderSize = options.maxHeaderSize
  }

  /** Settles with the head of the answer. */
  send(request: WireRequest): Promise<WireResponse> {
    return new Promise((resolve, reject) => {
      const { url, proxy, length } = request
      const fields = length === undefined ? request.fields : [...request.fields, 'Content-Length', String(length)]
      const options: Dispatcher.DispatchOptions = {
        origin: isForwarded(url, proxy) ? proxy.origin : url.origin,
        path: requestTarget(request),
        method: request.method,
        headers: [...fields],
        body: bodyOf(request),
      }
      const dispatch = () => connectingFor.run(request, () => this.#agent(request).dispatch(options, receiver))
      const receiver = new Receiver(request, resolve, reject, dispatch)
      dispatch()
    })
  }

  /** Ends all requests and closes all connections. */
  async close(): Promise<void> {
    const agents = [...this.#agents.values()]
    this.#agents.clear()
    await Promise.all(agents.map((agent) => agent.destroy()))
  }

  #agent(request: WireRequest): Agent {
    const key = this.#key(request)
    const agent = this.#agents.get(key) ?? this.#makeAgent(request)
    this.#agents.delete(key) // to the end, as the last one used
    this.#agents.set(key, agent)
    const [oldest] = this.#agents.keys()
    if (this.#agents.size > MAX_AGENTS && oldest !== undefined) {
      void this.#agents.get(oldest)?.close() // when its requests have ended; it cannot fail
      this.#agents.delete(oldest)
    }
    return agent
  }

  #makeAgent({ url, proxy, connection }: WireRequest): Agent {
    const tunnel = isForwarded(url, proxy) ? undefined : proxy
    return new Agent({
      connect: connector(connection, tunnel),
      allowH2: connection.http2 === true,
      pipelining: 1,
      connections: null, // the request queue has counted them already
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: this.#keepAliveTimeout,
      keepAliveMaxTimeout: this.#keepAliveTimeout,
      maxHeaderSize: this.#maxHeaderSize,
    })
  }

  /** Requests with equal keys can share connections. */
  #key({ url, proxy, connection }: WireRequest): string {
    const { ca, cert, key, passphrase, validateCert, unixSocket, resolve, http2 } = connection
    const way = proxy === undefined ? '' : `${isForwarded(url, proxy) ? 'forward' : 'tunnel'} ${proxy.href}`
    const parts = [way, ca, cert, key, passphrase, validateCert, unixSocket, resolve, http2]
    return JSON.stringify(parts.map((part) => this.#identity(part)))
  }

  /** Texts and flags are what they say; of objects the very same one is meant. */
  #identity(part: unknown): unknown {
    if ((typeof part !== 'object' && typeof part !== 'function') || part === null) return part
    let identity = this.#identities.get(part)
    if (identity === undefined) {
      identity = ++this.#identityCount
      this.#identities.set(part, identity)
    }
    return [identity]
  }
}

/** One request's side of undici: an answer comes in and becomes a stream. */
class Receiver implements Dispatcher.DispatchHandler {
  readonly #request: WireRequest
  readonly #resolve: (response: WireResponse) => void
  readonly #reject: (error: unknown) => void
  readonly #dispatchAgain: () => void
  readonly #onAbort = () => this.#abort()
  #controller: Dispatcher.DispatchController | undefined
  #body: Readable | undefined
  #complete = false
  /** Bytes that a Content-Length has promised: undici takes an HTTP/2 stream that was cancelled for a whole one. */
  #missing = 0
  #failure: Error | undefined

  constructor(
    request: WireRequest,
    resolve: (response: WireResponse) => void,
    reject: (error: unknown) => void,
    dispatchAgain: () => void,
  ) {
    live.add(request)
    this.#dispatchAgain = dispatchAgain
    this.#request = request
    this.#resolve = resolve
    this.#reject = reject
    request.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#request.signal.aborted) return controller.abort(toError(this.#request.signal.reason))
    this.#controller = controller
    this.#request.progress.onSending()
  }

  onResponseStart(controller: Dispatcher.DispatchController, code: number, fields: object, reason = ''): void {
    if (code < 200 || this.#request.signal.aborted) return // an interim answer; the final one follows
    const body = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        if (!this.#complete) controller.abort(error ?? new Error('the body is not wanted'))
        this.#end()
        done(error)
      },
    })
    this.#body = body
    const headers = headersOf(controller, fields)
    if (isBodiless(this.#request.method, code)) this.#finish(body)
    else if (headers.has('Content-Length')) this.#missing = Number(headers.get('Content-Length'))
    this.#resolve({ code, reason, headers, body, failure: () => this.#failure })
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#complete || this.#body === undefined) return
    this.#missing -= chunk.length
    if (!this.#body.push(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    if (this.#complete || this.#body === undefined) return
    if (this.#missing > 0) this.#break(this.#body, new Error(`${this.#missing} bytes of the body are missing`))
    else this.#finish(this.#body)
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#complete) return
    if (error instanceof NotNeededError && live.has(this.#request)) return this.#dispatchAgain() // it stood behind one
    this.#end()
    const mapped = protocolError(error) ?? error
    if (this.#body === undefined) this.#reject(mapped)
    else this.#break(this.#body, mapped)
  }

  /** Ends the body behind what has come of it, which its reader may not have taken yet; `failure` tells how it ended. */
  #break(body: Readable, error: Error): void {
    this.#failure = error
    this.#complete = true
    body.push(null)
  }

  /** undici takes a turn of the event loop to call the connection free; a caller that hurries would open another. */
  #finish(body: Readable): void {
    this.#complete = true
    setImmediate(() => setImmediate(() => body.push(null)))
  }

  #abort(): void {
    const reason = toError(this.#request.signal.reason)
    if (this.#body !== undefined) this.#body.destroy(reason)
    else if (this.#controller !== undefined) this.#controller.abort(reason)
    this.#end()
    this.#reject(reason) // while it still waits for a connection, undici has nothing to abort
  }

  #end(): void {
    live.delete(this.#request)
    this.#request.signal.removeEventListener('abort', this.#onAbort)
  }
}

function connector(options: ConnectionOptions, tunnel: URL | undefined): buildConnector.connector {
  return ({ protocol, hostname, port }, callback) => {
    const request = connectingFor.getStore()
    if (request !== undefined && !live.has(request)) return queueMicrotask(() => callback(new NotNeededError(), null))
    if (request !== undefined) request.progress.connecting = true
    const timeout = request?.connection.connectTimeout ?? options.connectTimeout ?? 0
    // The request's own timer ends its waiting; this one ends a connection that nobody waits for any more.
    const signal = AbortSignal.timeout(timeout === 0 ? LONGEST_TIMER : timeout + 1000)
    const origin = new URL(
      `${protocol}//${hostname.includes(':') ? `[${hostname}]` : hostname}${port === '' ? '' : `:${port}`}`,
    )
    const times = request?.progress.times ?? { lookup: 0, connect: 0, tls: 0 }
    void tell(openConnection(destinationOf(origin, tunnel), options, times, signal), callback)
  }
}

async function tell(connecting: Promise<Socket>, callback: buildConnector.Callback): Promise<void> {
  let socket: Socket
  try {
    socket = await connecting
  } catch (error) {
    return callback(toError(error), null)
  }
  callback(null, socket)
}

/** undici takes any async iterable, though its types say Readable. */
function bodyOf({ body }: WireRequest): Uint8Array | Readable | null {
  return body === undefined ? null : (body as Uint8Array | Readable)
}

function headersOf({ rawHeaders }: Dispatcher.DispatchController, fields: object): Headers {
  const headers = new Headers()
  if (Array.isArray(rawHeaders)) {
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers.append(latin1(rawHeaders[i]), latin1(rawHeaders[i + 1]))
    return headers
  }
  for (const [name, value] of Object.entries(fields)) {
    for (const each of Array.isArray(value) ? value : [value])
      if (!name.startsWith(':')) headers.append(name, String(each))
  }
  return headers
}

function latin1(field: Buffer | string | undefined): string {
  return typeof field === 'string' ? field : (field?.toString('latin1') ?? '')
}

const PARSER_ERRORS = [
  errors.HTTPParserError,
  errors.HeadersOverflowError,
  errors.ResponseContentLengthMismatchError,
] as const
/** What undici calls an interim answer of 100 or 101 that nobody has asked for. */
const UNASKED = new Set(['bad response', 'bad upgrade'])

function protocolError(cause: Error): WireProtocolError | undefined {
  if (cause.name === 'AssertionError') return new WireProtocolError('a status below 100', { cause })
  if (UNASKED.has(cause.message)) return new WireProtocolError('a 100 or 101 that was not asked for', { cause })
  if (PARSER_ERRORS.some((known) => cause instanceof known)) return new WireProtocolError(cause.message, { cause })
  return undefined
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason })
}
