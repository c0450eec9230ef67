/**
 * HTTP/1.1 on Node's own server: requests, upgrades and parser errors all become exchanges.
 */
import type { ServerOptions as NodeServerOptions } from 'node:http'
import type { Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { HTTPError } from '../errors.ts'
import type { ExchangeHandler } from '../exchange.ts'
import { https } from '../late-modules.ts'
import { createServer, IncomingMessage, type Server, ServerResponse } from '../node-http.ts'
import { type AdmissionLimits, admit, admitHost, refusedHead } from './admission.ts'
import { Connection } from './connection.ts'
import type { ExchangeHost } from './exchange-host.ts'
import { HTTP1Exchange } from './http1-exchange.ts'
import { IdleConnections } from './idle-connections.ts'
import { isLean, ParsedRequest, type Receiver, takeRequests, takeResponse } from './lean-messages.ts'

/** What each request is held to. */
export interface RequestLimits extends AdmissionLimits {
  /** Requests on one connection; 0 for any number. */
  readonly maxRequestsPerConnection: number
}

/** Limits and time-outs of the transport, all filled in; times are in milliseconds. */
export interface HTTP1Options extends RequestLimits {
  /** Largest head of a request, in bytes. */
  readonly maxHeaderSize: number
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  readonly maxConnections: number
  readonly tls: TlsOptions | undefined
}

const MIN_CHECKING_INTERVAL = 100 // ms

/** Who takes requests, where, and what they are held to. */
interface Reception {
  readonly handler: ExchangeHandler
  readonly host: ExchangeHost
  readonly limits: RequestLimits
  readonly idle: IdleConnections
}

/** @returns Node's server, not listening yet, whose requests go to `handler` */
export function createHTTP1Server(handler: ExchangeHandler, host: ExchangeHost, options: HTTP1Options): Server {
  const settings = nodeOptions(handler, options)
  const server =
    options.tls === undefined ? createServer(settings) : https().createServer({ ...settings, ...options.tls })
  server.maxHeadersCount = 0 // Node would drop what is beyond without a word; admission counts instead
  if (options.maxConnections > 0) server.maxConnections = options.maxConnections
  const reception: Reception = { handler, host, limits: options, idle: new IdleConnections(options.keepAliveTimeout) }
  if (isLean()) {
    server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      takeRequests(server, socket, new EarlyRequests(reception, Connection.of(socket)))
    })
  }
  const listener = (req: IncomingMessage, res: ServerResponse) => receive(reception, req, res)
  server.on('request', listener)
  server.on('checkContinue', listener) // 100 Continue is sent when somebody pulls the body
  server.on('checkExpectation', listener)
  server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) => {
    receiveUpgrade(reception, req, socket, head)
  })
  server.on('connect', (req: IncomingMessage, socket: Socket) => {
    socket.on('error', ignore) // Node's server no longer listens
    Connection.of(socket).afterExchanges(() => refuse(reception, socket, new HTTPError(405, `CONNECT ${req.url}`)))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => receiveError(reception, socket, error))
  return server
}

/** A message that cannot be read on: its handler is told if it has one already, else it is refused when its turn comes. */
function receiveError(reception: Reception, socket: Socket, error: NodeJS.ErrnoException): void {
  if (error.code === 'ECONNRESET') return void socket.destroy()
  const connection = Connection.of(socket)
  const refusal = parserError(error)
  if (error.code === 'HPE_INVALID_EOF_STATE' && connection.endsWithin) return void socket.destroy() // the client has left
  if (connection.failRequest(refusal) || connection.ending) return
  if (!socket.writable) return void socket.destroy()
  connection.afterExchanges(() => refuse(reception, socket, refusal))
}

/** The function that takes Node's requests, for a server that somebody else has made. */
export function requestListener(
  handler: ExchangeHandler,
  host: ExchangeHost,
  limits: RequestLimits,
): (req: IncomingMessage, res: ServerResponse) => void {
  const reception: Reception = { handler, host, limits, idle: new IdleConnections(0) } // its maker cares for those
  return (req, res) => {
    if (req.httpVersionMajor < 2 || req instanceof IncomingMessage) receive(reception, req, res)
    else refuseCompatibility(res)
  }
}

/** Node's compatibility API for HTTP/2 has sockets that are none of their own, so nothing can be known of the connection. */
function refuseCompatibility(res: ServerResponse): void {
  res.writeHead(505, { 'Content-Type': 'text/plain' })
  res.end('HTTP/2 takes a server of the application: app.listen({ http2: true, tls })')
}

function receive(reception: Reception, req: IncomingMessage, res: ServerResponse, upgradeHead?: Buffer): void {
  const { handler, host, limits } = reception
  if (takeResponse(req, res)) return
  const connection = Connection.of(req.socket)
  if (connection.ending) return
  connection.requestCount += 1
  if (connection.requestCount === 1 && upgradeHead === undefined) reception.idle.watch(connection)
  if (connection.requestCount === limits.maxRequestsPerConnection) end(connection, res)
  const head = admit(req, limits)
  const refused = head instanceof HTTPError
  const admitted = refused ? refusedHead(req.url ?? '') : head
  const exchange = new HTTP1Exchange(req, res, admitted, connection, host, upgradeHead)
  const error = refused ? head : admitHost(exchange.authority, limits)
  if (error === undefined) return handler.handle(exchange)
  end(connection, res)
  handler.refuse(exchange, error)
}

/** The requests of one connection that Node's server has not heard of. */
class EarlyRequests implements Receiver {
  readonly #reception: Reception
  readonly #connection: Connection

  constructor(reception: Reception, connection: Connection) {
    this.#reception = reception
    this.#connection = connection
  }

  takesUpgrade({ method, url, rawHeaders }: ParsedRequest): boolean {
    return method === 'CONNECT' || this.#reception.handler.takesUpgrade(url, hostOf(rawHeaders))
  }

  take(req: ParsedRequest): boolean {
    const { handler, host, limits, idle } = this.#reception
    const connection = this.#connection
    if (connection.busy || connection.ending || connection.requestCount + 1 === limits.maxRequestsPerConnection)
      return false
    const head = admit(req, limits)
    if (head instanceof HTTPError || head.expectsContinue) return false
    connection.requestCount += 1
    if (connection.requestCount === 1) idle.watch(connection)
    const exchange = new HTTP1Exchange(req, undefined, head, connection, host)
    const error = admitHost(exchange.authority, limits)
    connection.ending = error !== undefined
    if (error === undefined) handler.handle(exchange)
    else handler.refuse(exchange, error)
    return true
  }

  giveWay(): void {
    this.#connection.makeResponses()
  }
}

/** Makes a response the last one of its connection. */
function end(connection: Connection, res: ServerResponse): void {
  connection.ending = true
  res.shouldKeepAlive = false
}

function receiveUpgrade(reception: Reception, req: IncomingMessage, socket: Socket, head: Buffer): void {
  socket.on('error', ignore) // Node's server no longer listens; the close is what counts
  Connection.of(socket).afterExchanges(() => {
    if (!socket.destroyed) receive(reception, req, responseOn(req, socket), head)
  })
}

/** A response on a socket that Node's server has let go of, after an upgrade or a parser error. */
function responseOn(req: IncomingMessage, socket: Socket): ServerResponse {
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  res.assignSocket(socket)
  res.once('finish', endConnection)
  return res
}

function endConnection(this: ServerResponse): void {
  const { socket } = this
  if (socket === null) return
  this.detachSocket(socket)
  socket.destroySoon()
}

function ignore(): void {}

/** Stands in the log for method and target of a message that could not be parsed. */
const UNKNOWN = '-'

function refuse({ handler, host }: Reception, socket: Socket, error: HTTPError): void {
  if (socket.destroyed || !socket.writable) return
  const connection = Connection.of(socket)
  if (connection.ending) return // the parser reports an error for each segment that comes behind the first one
  connection.ending = true
  const req = new IncomingMessage(socket)
  req.method = UNKNOWN
  req.httpVersion = '1.1'
  req.httpVersionMajor = 1
  req.httpVersionMinor = 1
  handler.refuse(new HTTP1Exchange(req, responseOn(req, socket), refusedHead(UNKNOWN), connection, host), error)
}

function parserError(error: NodeJS.ErrnoException): HTTPError {
  const options = { cause: error }
  if (error.code === 'HPE_HEADER_OVERFLOW') return new HTTPError(431, 'the head of the request is too large', options)
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HTTPError(408, 'the request did not come in time', options)
  if (error.code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return new HTTPError(413, 'the chunk extensions are too large', options)
  return new HTTPError(400, `malformed request: ${error.message}`, options)
}

/** `shouldUpgradeCallback` came with Node 24.9; @types/node of the oldest supported version does not know it. */
type UpgradeOptions = NodeServerOptions & { shouldUpgradeCallback?: (req: IncomingMessage) => boolean }

function nodeOptions(handler: ExchangeHandler, options: HTTP1Options): UpgradeOptions {
  return {
    ...(isLean() ? { IncomingMessage: ParsedRequest as unknown as typeof IncomingMessage } : upgradeOptions(handler)),
    maxHeaderSize: options.maxHeaderSize,
    headersTimeout: options.headersTimeout,
    requestTimeout: options.requestTimeout,
    keepAliveTimeout: 0, // IdleConnections does it
    connectionsCheckingInterval: checkingInterval(options),
    requireHostHeader: false, // admission answers a missing Host in the application's format
    noDelay: true,
  }
}

/** How often Node looks for requests that are late: they may take a quarter longer than they should. */
function checkingInterval({ headersTimeout, requestTimeout }: HTTP1Options): number {
  const shortest = Math.min(headersTimeout || 30_000, requestTimeout || 30_000, 30_000)
  return Math.max(MIN_CHECKING_INTERVAL, shortest / 4)
}

/** Makes an upgrade of those requests only of which the routes say so, where Node makes the requests. */
function upgradeOptions(handler: ExchangeHandler): UpgradeOptions {
  const takesUpgrade = (req: IncomingMessage) => handler.takesUpgrade(req.url ?? '', hostOf(req.rawHeaders))
  return knowsUpgradeCallback()
    ? { shouldUpgradeCallback: takesUpgrade }
    : { IncomingMessage: upgradableMessage(takesUpgrade) }
}

/** Node looks at the types of options that it knows. */
function knowsUpgradeCallback(): boolean {
  try {
    createServer({ shouldUpgradeCallback: 'wrong' } as object)
    return false
  } catch {
    return true
  }
}

/**
 * Node hands every `Upgrade` request to the upgrade listener, also where nobody wants to upgrade, and older versions cannot be
 * asked not to. They do ask each message whether it is an upgrade, so this one says what the routes say (RFC 9110 §7.8: an
 * upgrade that a server does not want is ignored).
 */
function upgradableMessage(takesUpgrade: (req: IncomingMessage) => boolean): typeof IncomingMessage {
  const asked = new WeakSet<IncomingMessage>()
  class UpgradableMessage extends IncomingMessage {
    get upgrade(): boolean {
      return asked.has(this) && (this.method === 'CONNECT' || takesUpgrade(this))
    }

    set upgrade(value: boolean | null) {
      if (value === true) asked.add(this)
    }
  }
  return UpgradableMessage
}

function hostOf(fields: readonly string[]): string | undefined {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]?.toLowerCase() === 'host') return fields[i + 1]
  }
  return undefined
}
