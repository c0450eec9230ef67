/**
 * HTTP/2 over TLS, with HTTP/1.1 on the same port for clients that do not speak it (ALPN, RFC 7301).
 */
import type { Server } from 'node:http'
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import { HTTPError } from '../errors.ts'
import type { ExchangeHandler } from '../exchange.ts'
import { HTTPHeaders } from '../http-headers.ts'
import { http2 } from '../late-modules.ts'
import { type AdmissionLimits, admit, admitHost, refusedHead } from './admission.ts'
import type { ExchangeHost } from './exchange-host.ts'
import { HTTP2Exchange, plainFields } from './http2-exchange.ts'

/** Limits of HTTP/2 connections, beside those of the messages. */
export interface HTTP2Options extends AdmissionLimits {
  readonly maxHeaderSize: number
  readonly requestTimeout: number
  readonly idleTimeout: number
  readonly maxRequestsPerConnection: number
}

/** What the peer may have open at a time; more is refused by the protocol itself. */
const MAX_CONCURRENT_STREAMS = 100
/** A connection with so many more streams reset than completed is attacked rather than used (CVE-2023-44487). */
const MAX_RESETS = 200

/** The HTTP/2 connections of a server. */
export interface HTTP2Sessions {
  /** Lets open streams end and takes no new ones. */
  close(): void
  destroy(): void
}

/** Makes an HTTPS server of Node's speak HTTP/2 with the clients that chose it; the others stay with its own listener. */
export function addHTTP2(
  server: Server,
  handler: ExchangeHandler,
  host: ExchangeHost,
  options: HTTP2Options,
): HTTP2Sessions {
  const sessions = new Set<ServerHttp2Session>()
  const serveHTTP1 = server.listeners('secureConnection')
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket: TLSSocket) => {
    if (socket.alpnProtocol !== 'h2') {
      for (const listener of serveHTTP1) listener.call(server, socket)
      return
    }
    const session = openSession(handler, host, options, socket)
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    if (host.closing) session.close() // its handshake was under way
  })
  return {
    close: () => {
      for (const session of sessions) session.close()
    },
    destroy: () => {
      for (const session of sessions) session.destroy(undefined, http2().constants.NGHTTP2_CANCEL)
    },
  }
}

function openSession(
  handler: ExchangeHandler,
  host: ExchangeHost,
  options: HTTP2Options,
  socket: TLSSocket,
): ServerHttp2Session {
  const session = http2().performServerHandshake(socket, {
    settings: {
      maxConcurrentStreams: MAX_CONCURRENT_STREAMS,
      maxHeaderListSize: options.maxHeaderSize,
      enablePush: false,
    },
    maxHeaderListPairs: options.maxHeaderCount + PSEUDO_HEADER_FIELDS,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    maxOutstandingPings: 10,
  })
  session.on('error', () => socket.destroy())
  socket.on('error', () => undefined) // the session hears of it
  session.setTimeout(options.idleTimeout, () => session.close())
  const countReset = resetCounter(session)
  let requests = 0
  session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
    stream.once('close', () => countReset(stream.aborted))
    requests += 1
    if (requests === options.maxRequestsPerConnection) session.close()
    receive(handler, host, options, stream, headers, raw)
  })
  return session
}

const PSEUDO_HEADER_FIELDS = 4

/** Ends a session that keeps opening streams only to reset them. */
function resetCounter(session: ServerHttp2Session): (wasReset: boolean) => void {
  let resets = 0
  return (wasReset) => {
    resets = wasReset ? resets + 1 : Math.max(0, resets - 1)
    if (resets > MAX_RESETS) session.destroy(undefined, http2().constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }
}

function receive(
  handler: ExchangeHandler,
  host: ExchangeHost,
  options: HTTP2Options,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  raw: readonly string[],
): void {
  const method = headers[':method'] ?? ''
  const target = headers[':path'] ?? ''
  const fields = plainFields(headers, raw)
  const head =
    listSize(raw) > options.maxHeaderSize
      ? new HTTPError(431, 'the head of the request is too large')
      : admit({ method, url: target, httpVersion: '1.1', rawHeaders: fields }, options)
  const refused = head instanceof HTTPError
  // framing is the protocol's: content may come without Content-Length, and ends with the stream
  const framed = { ...(refused ? refusedHead(target) : head), hasBody: !stream.endAfterHeaders }
  const exchange = new HTTP2Exchange(stream, method, new HTTPHeaders(fields), framed, host)
  const error = refused ? head : admitHost(exchange.authority, options)
  if (error !== undefined) return handler.refuse(exchange, error)
  if (framed.hasBody && options.requestTimeout > 0) limitTime(stream, exchange, options.requestTimeout)
  handler.handle(exchange)
}

/** The size of a field list as SETTINGS_MAX_HEADER_LIST_SIZE counts it (RFC 9113 §6.5.2). */
function listSize(raw: readonly string[]): number {
  return raw.reduce((size, part) => size + part.length, 16 * raw.length)
}

function limitTime(stream: ServerHttp2Stream, exchange: HTTP2Exchange, requestTimeout: number): void {
  const late = new HTTPError(408, 'the request did not come in time')
  const timer = setTimeout(() => exchange.failBody(late), requestTimeout)
  stream.once('end', () => clearTimeout(timer))
  stream.once('close', () => clearTimeout(timer))
}
