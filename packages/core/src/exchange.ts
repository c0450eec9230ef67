/**
 * The seam between transport and framework: one request and the means to answer it.
 *
 * Engines (engine/http1.ts and its like) implement it; routing, life cycle and handlers know nothing else of the
 * transport. An exchange goes one way: head known → body pulled → answered by exactly one of `respond()`,
 * `sendHead()` with `write()` and `end()`, `takeSocket()` or `abort()`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { PeerCertificate } from 'node:tls'
import type { HTTPError } from './errors.ts'
import type { HTTPHeaders } from './http-headers.ts'

/** Who is at the other end, as the socket tells it; proxies are not taken into account here. */
export interface Peer {
  /** IP address, or an empty string for a Unix socket or a connection that is already gone. */
  readonly address: string
  readonly port: number
  /** True over TLS. */
  readonly encrypted: boolean
  /** The client's certificate, where the server asked for one. */
  certificate(): PeerCertificate | undefined
}

/** Node's own objects, for Connect middleware and mounted applications. */
export interface NodeMessages {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** The content of a message. */
export interface ContentSource extends AsyncIterable<Buffer> {
  /** All of it in one piece, for content that announces a size that fits into memory; rejects as iteration throws. */
  whole?(): Promise<Buffer>
}

export interface Exchange {
  readonly method: string
  /** The request target in origin-form (`/path?query`, still percent-encoded) or `*`. */
  readonly target: string
  readonly httpVersion: '1.0' | '1.1' | '2.0'
  readonly headers: HTTPHeaders
  /** Host and port that the request is for: of an absolute target or of `Host`; empty where an HTTP/1.0 client names none. */
  readonly authority: string
  readonly peer: Peer
  /** When the head was complete, on the clock of `performance.now()`. */
  readonly startTime: number

  /** True if the message announces content (RFC 9112 §6.3). */
  readonly hasBody: boolean
  /** The announced size in bytes; undefined when there is no body or it is chunked. */
  readonly contentLength: number | undefined
  /**
   * The content, to be taken once; pulling it sends `100 Continue` where the client waits for that.
   * Iteration throws {@link ConnectionClosedError} when the client goes away half-way, and leaving it early is allowed.
   */
  readonly body: ContentSource

  /** True once the status line has left or is about to. */
  readonly headSent: boolean
  /** True once the response is complete, aborted or the peer is gone: nothing can be sent any more. */
  readonly ended: boolean
  /** True if the client went away before the response was complete. */
  readonly peerGone: boolean
  /**
   * Sends a complete response.
   *
   * @param fields - names and values by turns, already checked; they hold Content-Length where one is due
   * @param body - undefined for a response without content, such as the answer to HEAD
   * @param size - of the body, in bytes
   */
  respond(
    status: number,
    reason: string,
    fields: readonly string[],
    body: string | Uint8Array | undefined,
    size: number,
  ): void
  /** Sends the head of a response whose body follows by `write()`. */
  sendHead(status: number, reason: string, fields: readonly string[]): void
  /** @returns false when the caller should wait for `drained()` before it writes on */
  write(chunk: string | Uint8Array): boolean
  /** Settles when all that was written has been passed to the peer's socket; rejects with ConnectionClosedError. */
  drained(): Promise<void>
  /** Completes a response begun by `sendHead()`. */
  end(): void
  /** Destroys the connection without a clean end, so that a cut body never looks complete. */
  abort(): void
  /** Sends an interim response (1xx), such as 103 Early Hints. */
  sendInformational(status: number, fields: readonly string[]): void

  /** Says who is told when the exchange is over; it is told at once if it is. */
  watch(watcher: ExchangeWatcher): void
  /** To be called once by whoever answers, after the last hook: the server's shutdown waits for it. */
  handled(): void
  /** True from the moment at which the server begins to shut down. */
  readonly shuttingDown: boolean
  /** Says who is told when the server begins to shut down. */
  addShutdownListener(listener: ShutdownListener): void
  removeShutdownListener(listener: ShutdownListener): void

  /** True if the request asks for another protocol and the socket can be had. */
  readonly upgradable: boolean
  /** Hands the socket over, with bytes that the parser had read too far; nothing more is sent by the engine. */
  takeSocket(): { socket: Duplex; head: Buffer }

  /** Node's own objects, where the engine is one of Node's. */
  readonly node: NodeMessages | undefined
}

/** Who hears that the server begins to shut down. */
export interface ShutdownListener {
  serverClosing(): void
}

/** Who hears of the end of an exchange. */
export interface ExchangeWatcher {
  /** Called once, when the last byte was handed over or the peer is gone. @param completed - false if the peer is gone */
  exchangeClosed(completed: boolean): void
}

/** What an engine calls: an application, or whatever else answers exchanges. */
export interface ExchangeHandler {
  handle(exchange: Exchange): void
  /** Answers an exchange that admission refused; it is logged like any other. */
  refuse(exchange: Exchange, error: HTTPError): void
  /** True if the route of this request takes over the socket, for instance a WebSocket handler. */
  takesUpgrade(target: string, host: string | undefined): boolean
}
