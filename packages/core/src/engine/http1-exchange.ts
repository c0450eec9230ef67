/** One HTTP/1.1 request on Node's server, behind the seam of exchange.ts. */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { PeerCertificate } from 'node:tls'
import { ConnectionClosedError, type HTTPError } from '../errors.ts'
import type { ContentSource, Exchange, ExchangeWatcher, NodeMessages, Peer, ShutdownListener } from '../exchange.ts'
import { HTTPHeaders } from '../http-headers.ts'
import { IncomingMessage, ServerResponse } from '../node-http.ts'
import type { AdmittedHead } from './admission.ts'
import type { Connection, ConnectionUser } from './connection.ts'
import type { ExchangeHost, OpenExchange } from './exchange-host.ts'
import type { ForwardedOrigin } from './forwarding.ts'
import { BodyFailure, closedHalfWay, IncomingBody, type IncomingMessageState } from './incoming-body.ts'
import { type ContentSink, ParsedRequest } from './lean-messages.ts'
import { lingerOnClose } from './lingering-close.ts'
import { isSecure, peerCertificate } from './peer-certificate.ts'
import { shareTexts } from './shared-texts.ts'
import { type Answerer, answer } from './whole-answer.ts'

/** A rest of a request body up to this size, in bytes, is read for nothing rather than closing the connection. */
const DISCARDABLE = 64 * 1024

function ignore(): void {}

let pastMessages: NodeMessages | undefined

/** Stand in where an upgrade has ended the life of the real ones, so that an open socket does not keep them. */
function standIns(): NodeMessages {
  if (pastMessages === undefined) {
    const req = new IncomingMessage(new Socket())
    pastMessages = { req, res: new ServerResponse(req) }
  }
  return pastMessages
}

export class HTTP1Exchange implements Exchange, OpenExchange, ConnectionUser, Answerer, IncomingMessageState, Peer {
  readonly method: string
  readonly headers: HTTPHeaders
  readonly startTime: number
  place = 0
  #req: IncomingMessage | ParsedRequest
  /** Undefined while Node's server has not heard of the request. */
  #res: ServerResponse | undefined
  readonly #head: AdmittedHead
  readonly #host: ExchangeHost
  readonly #connection: Connection
  #upgradeHead: Buffer | undefined
  readonly #forwarded: ForwardedOrigin | undefined
  #pulled = false
  /** True once Node's response is listened to. */
  #watched = false
  /** True once others may have set fields on Node's response, or wrapped its methods. */
  #exposed = false
  /** The status with which it was answered without Node's response. */
  #answered: number | undefined
  #detached = false
  #finished = false
  #over = false
  #handled = false
  #failure: BodyFailure | undefined
  #watcher: ExchangeWatcher | undefined
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] | undefined

  /** @param upgradeHead - what was read behind the head, if the request asks for another protocol */
  constructor(
    req: IncomingMessage | ParsedRequest,
    res: ServerResponse | undefined,
    head: AdmittedHead,
    connection: Connection,
    host: ExchangeHost,
    upgradeHead?: Buffer,
  ) {
    this.method = req.method ?? ''
    this.headers = new HTTPHeaders(req.rawHeaders)
    this.startTime = performance.now()
    this.#req = req
    this.#res = res
    this.#head = head
    this.#host = host
    this.#connection = connection
    this.#upgradeHead = upgradeHead
    this.#forwarded = host.proxies?.resolve(connection.remoteAddress, this.headers)
    connection.add(this)
    host.enter(this)
  }

  get target(): string {
    return this.#head.target
  }

  get authority(): string {
    return this.#forwarded?.host ?? this.#head.authority
  }

  get hasBody(): boolean {
    return this.#head.hasBody
  }

  get contentLength(): number | undefined {
    return this.#head.contentLength
  }

  get httpVersion(): '1.0' | '1.1' {
    return this.#req.httpVersion === '1.0' ? '1.0' : '1.1' // an upgrade needs 1.1
  }

  get peer(): Peer {
    return this
  }

  get address(): string {
    return this.#forwarded?.address ?? this.#connection.remoteAddress
  }

  get port(): number {
    return this.#connection.socket.remotePort ?? 0
  }

  get encrypted(): boolean {
    const protocol = this.#forwarded?.protocol
    return protocol === undefined ? isSecure(this.#connection.socket) : protocol === 'https'
  }

  certificate(): PeerCertificate | undefined {
    return peerCertificate(this.#connection.socket)
  }

  get node(): NodeMessages {
    this.#exposed = true
    return { req: this.stream(), res: this.#response() }
  }

  get body(): ContentSource {
    this.#failure ??= new BodyFailure()
    return new IncomingBody(this.#failure, this)
  }

  collect(sink: ContentSink): boolean {
    return !this.#exposed && this.#req instanceof ParsedRequest && this.#req.collect(sink)
  }

  isComplete(): boolean {
    return this.#req.complete
  }

  onPull(): void {
    this.#pulled = true
    if (!this.#head.expectsContinue) return
    const res = this.#response()
    if (!res.headersSent) res.writeContinue()
  }

  /** Node's request, which its server has heard of. */
  stream(): IncomingMessage {
    this.#response()
    return this.#req as IncomingMessage
  }

  get shuttingDown(): boolean {
    return this.#host.closing
  }

  get headSent(): boolean {
    return this.#detached || this.#answered !== undefined || this.#res?.headersSent === true
  }

  get ended(): boolean {
    return this.#over || this.#answered !== undefined || this.#res?.writableEnded === true
  }

  get peerGone(): boolean {
    return this.#over && !this.#finished
  }

  respond(
    status: number,
    reason: string,
    fields: readonly string[],
    body: string | Uint8Array | undefined,
    size: number,
  ): void {
    const last = this.#endsConnection()
    if (!last && !this.incomplete && this.#req instanceof ParsedRequest && !this.#req.hasMessage) {
      this.#answered = status
      if (answer(this.#connection.socket, status, reason, fields, body, size, this.#host.idleTimeout, this)) {
        return this.#req.discard()
      }
      this.#answered = undefined
    }
    this.#writeHead(status, reason, fields, last).end(body)
  }

  sendHead(status: number, reason: string, fields: readonly string[]): void {
    this.#writeHead(status, reason, fields, this.#endsConnection())
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#response().write(chunk)
  }

  drained(): Promise<void> {
    const res = this.#response()
    res.flushHeaders()
    if (this.#over) return this.#finished ? Promise.resolve() : Promise.reject(new ConnectionClosedError())
    if (!res.writableNeedDrain) return Promise.resolve()
    if (this.#waiting === undefined) res.once('drain', () => this.#release())
    this.#waiting ??= []
    const waiting = this.#waiting
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
    })
  }

  end(): void {
    this.#response().end()
  }

  abort(): void {
    const { socket } = this.#connection
    // HTTP/1.0 may end a body with the connection, so only a reset tells that it was cut; Node has not written all of it yet
    if (this.httpVersion === '1.0' && socket.remoteAddress !== undefined && !this.encrypted) {
      setImmediate(() => socket.resetAndDestroy())
    } else {
      socket.destroy()
    }
  }

  sendInformational(status: number, fields: readonly string[]): void {
    if (this.httpVersion === '1.0' || this.headSent) return // HTTP/1.0 knows no interim responses
    if (status === 100) return this.#response().writeContinue()
    const lines = fields.reduce((text, part, i) => text + part + (i % 2 === 0 ? ': ' : '\r\n'), '')
    this.#connection.socket.write(`HTTP/1.1 ${status} \r\n${lines}\r\n`, 'latin1')
  }

  watch(watcher: ExchangeWatcher): void {
    if (this.#over) watcher.exchangeClosed(this.#finished)
    else this.#watcher = watcher
  }

  handled(): void {
    this.#handled = true
    if (this.#over) this.#host.leave(this)
  }

  addShutdownListener(listener: ShutdownListener): void {
    this.#host.addShutdownListener(listener)
  }

  removeShutdownListener(listener: ShutdownListener): void {
    this.#host.removeShutdownListener(listener)
  }

  get upgradable(): boolean {
    return this.#upgradeHead !== undefined
  }

  takeSocket(): { socket: Duplex; head: Buffer } {
    const { socket } = this.#connection
    const head = this.#upgradeHead
    if (head === undefined || this.headSent) {
      throw new Error('takeSocket: the socket can be had once, and only if the request asks for another protocol')
    }
    this.#detached = true
    shareTexts(this.#req.rawHeaders)
    this.#response().detachSocket(socket)
    const { req, res } = standIns()
    this.#req = req
    this.#res = res
    this.#upgradeHead = undefined
    return { socket, head }
  }

  get incomplete(): boolean {
    return this.hasBody && !this.#detached && !this.#req.complete
  }

  requestFailed(error: HTTPError): boolean {
    if (!this.incomplete) return false
    this.#failBody(error)
    return true
  }

  connectionClosed(): void {
    if (this.#detached) this.#finished = true
    if (this.incomplete) this.#failBody(closedHalfWay(this.#req instanceof IncomingMessage ? this.#req : undefined))
    this.#conclude()
  }

  /** What is still to come of the content will not be taken. */
  #failBody(error: Error): void {
    if (this.#req instanceof ParsedRequest) this.#req.stopCollecting()
    this.#failure ??= new BodyFailure()
    this.#failure.report(error)
  }

  #writeHead(status: number, reason: string, fields: readonly string[], last: boolean): ServerResponse {
    const res = this.#response()
    const all = [...fields, ...this.#connectionFields(res, last)]
    if (!this.#exposed || res.getHeaderNames().length === 0) {
      return res.writeHead(status, reason, all as string[]) // Node does not change the list
    }
    // somebody used Node's own setHeader(), and Node would then keep only the last field of each name in the list
    for (let i = 0; i < all.length; i += 2) res.removeHeader(all[i] as string)
    for (let i = 0; i < all.length; i += 2) res.appendHeader(all[i] as string, all[i + 1] as string)
    return res.writeHead(status, reason)
  }

  #connectionFields(res: ServerResponse, last: boolean): readonly string[] {
    if (last) return ['Connection', 'close']
    const { idleTimeout } = this.#host
    const isKept = res.shouldKeepAlive && idleTimeout >= 1000
    return isKept ? ['Keep-Alive', `timeout=${Math.floor(idleTimeout / 1000)}`] : []
  }

  /** True if this response has to be the last one. */
  #endsConnection(): boolean {
    const { ending } = this.#connection
    const closing = (this.#host.closing || ending) && this.#connection.isNewest(this) // what is under way behind it is answered, too
    const broken = this.#upgradeHead !== undefined || this.#failure?.error !== undefined
    if (!closing && !broken && !this.#leavesBody()) return false
    this.#connection.ending = true
    if (this.incomplete) lingerOnClose(this.stream())
    return true
  }

  /** True if more of the body is to come than is worth reading for nothing. */
  #leavesBody(): boolean {
    if (!this.incomplete) return false
    const awaitsContinue = this.#head.expectsContinue && !this.#pulled
    if (!awaitsContinue && this.contentLength !== undefined && this.contentLength <= DISCARDABLE) return false
    return true
  }

  makeResponse(): void {
    if (this.#answered === undefined) this.#response()
  }

  /** Node's response, which is made and watched when it is first asked for. */
  #response(): ServerResponse {
    const res = this.#res ?? this.#makeMessages(this.#req as ParsedRequest)
    if (this.#watched) return res
    this.#watched = true
    res.on('finish', () => this.answered())
    res.on('error', ignore) // the close that follows tells it to those concerned
    return res
  }

  #makeMessages(req: ParsedRequest): ServerResponse {
    const isPast = this.#over || this.#answered !== undefined
    this.#res = isPast ? req.pastResponse(this.#answered) : req.makeResponse()
    this.#req = req.message
    return this.#res
  }

  answered(): void {
    if (this.#finished) return
    this.#finished = true
    if (this.incomplete) this.stream().resume()
    this.#conclude()
  }

  #conclude(): void {
    if (this.#over) return
    this.#over = true
    this.#connection.remove(this)
    if (this.#handled) this.#host.leave(this)
    this.#release()
    this.#watcher?.exchangeClosed(this.#finished)
  }

  #release(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const { resolve, reject } of waiting) {
      if (this.peerGone) reject(new ConnectionClosedError())
      else resolve()
    }
  }
}
