/** One HTTP/1.1 request on Node's server, behind the seam of exchange.ts. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type PeerCertificate, TLSSocket } from 'node:tls'
import { ConnectionClosedError, type HTTPError } from '../errors.ts'
import type { Exchange, NodeMessages, Peer } from '../exchange.ts'
import { HTTPHeaders } from '../http-headers.ts'
import type { AdmittedHead } from './admission.ts'
import { Connection, type ConnectionUser } from './connection.ts'
import type { ExchangeHost } from './exchange-host.ts'
import type { ForwardedOrigin } from './forwarding.ts'
import { BodyFailure, readIncoming } from './incoming-body.ts'
import { LeanResponse } from './lean-response.ts'
import { lingerOnClose } from './lingering-close.ts'

/** A rest of a request body up to this size, in bytes, is read for nothing rather than closing the connection. */
const DISCARDABLE = 64 * 1024

const NO_BODY_TO_FAIL = new BodyFailure()

function ignore(): void {}

export class HTTP1Exchange implements Exchange, ConnectionUser, Peer {
  readonly method: string
  readonly target: string
  readonly headers: HTTPHeaders
  readonly authority: string
  readonly startTime: number = performance.now()
  readonly hasBody: boolean
  readonly contentLength: number | undefined
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #host: ExchangeHost
  readonly #connection: Connection
  readonly #upgradeHead: Buffer | undefined
  readonly #expectsContinue: boolean
  readonly #forwarded: ForwardedOrigin | undefined
  #pulled = false
  /** True once others may have set fields on Node's response, or wrapped its methods. */
  #exposed = false
  #detached = false
  #finished = false
  #over = false
  readonly #failure: BodyFailure
  #onClose: ((completed: boolean) => void) | undefined
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] | undefined

  /** @param upgradeHead - what was read behind the head, if the request asks for another protocol */
  constructor(req: IncomingMessage, res: ServerResponse, head: AdmittedHead, host: ExchangeHost, upgradeHead?: Buffer) {
    this.#req = req
    this.#res = res
    this.#host = host
    this.#upgradeHead = upgradeHead
    this.#expectsContinue = head.expectsContinue
    this.method = req.method ?? ''
    this.target = head.target
    this.hasBody = head.hasBody
    this.#failure = head.hasBody ? new BodyFailure() : NO_BODY_TO_FAIL
    this.contentLength = head.contentLength
    this.headers = new HTTPHeaders(req.rawHeaders)
    this.#connection = Connection.of(req.socket)
    this.#forwarded = host.proxies?.resolve(this.#connection.remoteAddress, this.headers)
    this.authority = this.#forwarded?.host ?? head.authority
    this.#connection.add(this)
    res.on('finish', () => this.#finish())
    res.on('error', ignore) // the close that follows tells it to those concerned
  }

  get httpVersion(): '1.0' | '1.1' {
    return this.#req.httpVersion === '1.0' ? '1.0' : '1.1'
  }

  get peer(): Peer {
    return this
  }

  get address(): string {
    return this.#forwarded?.address ?? this.#connection.remoteAddress
  }

  get port(): number {
    return this.#req.socket.remotePort ?? 0
  }

  get encrypted(): boolean {
    const protocol = this.#forwarded?.protocol
    return protocol === undefined ? this.#req.socket instanceof TLSSocket : protocol === 'https'
  }

  certificate(): PeerCertificate | undefined {
    const { socket } = this.#req
    if (!(socket instanceof TLSSocket)) return undefined
    const certificate = socket.getPeerCertificate()
    return Object.keys(certificate).length === 0 ? undefined : certificate
  }

  get node(): NodeMessages {
    this.#exposed = true
    return { req: this.#req, res: this.#res }
  }

  get body(): AsyncIterable<Buffer> {
    const isComplete = () => this.#req.complete
    return readIncoming(this.#req, this.#failure, isComplete, () => {
      this.#pulled = true
      if (this.#expectsContinue && !this.#res.headersSent) this.#res.writeContinue()
    })
  }

  get shuttingDown(): boolean {
    return this.#host.closing
  }

  get headSent(): boolean {
    return this.#res.headersSent
  }

  get ended(): boolean {
    return this.#over || this.#res.writableEnded
  }

  get peerGone(): boolean {
    return this.#over && !this.#finished
  }

  respond(status: number, reason: string, fields: readonly string[], body: string | Uint8Array | undefined): void {
    const res = this.#res
    const last = this.#endsConnection()
    const isLean = res instanceof LeanResponse && !last && !this.#exposed
    if (isLean && res.answer(status, reason, fields, body, this.#host.idleTimeout)) return
    this.#writeHead(status, reason, fields, last)
    res.end(body)
  }

  sendHead(status: number, reason: string, fields: readonly string[]): void {
    this.#writeHead(status, reason, fields, this.#endsConnection())
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#res.write(chunk)
  }

  drained(): Promise<void> {
    this.#res.flushHeaders()
    if (this.#over) return this.#finished ? Promise.resolve() : Promise.reject(new ConnectionClosedError())
    if (!this.#res.writableNeedDrain) return Promise.resolve()
    if (this.#waiting === undefined) this.#res.once('drain', () => this.#release())
    this.#waiting ??= []
    const waiting = this.#waiting
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
    })
  }

  end(): void {
    this.#res.end()
  }

  abort(): void {
    const { socket } = this.#req
    // HTTP/1.0 may end a body with the connection, so only a reset tells that it was cut; Node has not written all of it yet
    if (this.httpVersion === '1.0' && socket.remoteAddress !== undefined && !this.encrypted) {
      setImmediate(() => socket.resetAndDestroy())
    } else {
      socket.destroy()
    }
  }

  sendInformational(status: number, fields: readonly string[]): void {
    if (this.httpVersion === '1.0' || this.#res.headersSent) return // HTTP/1.0 knows no interim responses
    if (status === 100) return this.#res.writeContinue()
    const lines = fields.reduce((text, part, i) => text + part + (i % 2 === 0 ? ': ' : '\r\n'), '')
    this.#req.socket.write(`HTTP/1.1 ${status} \r\n${lines}\r\n`, 'latin1')
  }

  onClose(listener: (completed: boolean) => void): void {
    if (this.#over) return listener(this.#finished)
    const earlier = this.#onClose
    this.#onClose = (completed) => {
      earlier?.(completed)
      listener(completed)
    }
  }

  onShutdown(listener: () => void): () => void {
    return this.#host.onShutdown(listener)
  }

  get upgradable(): boolean {
    return this.#upgradeHead !== undefined && !this.#detached
  }

  takeSocket(): { socket: Duplex; head: Buffer } {
    const { socket } = this.#req
    if (this.#upgradeHead === undefined || this.#detached || this.#res.headersSent) {
      throw new Error('takeSocket: the socket can be had once, and only if the request asks for another protocol')
    }
    this.#detached = true
    this.#res.detachSocket(socket)
    return { socket, head: this.#upgradeHead }
  }

  get incomplete(): boolean {
    return this.hasBody && !this.#req.complete
  }

  requestFailed(error: HTTPError): boolean {
    if (!this.incomplete) return false
    this.#failure.report(error)
    return true
  }

  connectionClosed(): void {
    if (this.#detached) this.#finished = true
    this.#conclude()
  }

  #writeHead(status: number, reason: string, fields: readonly string[], last: boolean): void {
    const all = last ? [...fields, 'Connection', 'close'] : fields
    if (this.#res.getHeaderNames().length === 0) {
      this.#res.writeHead(status, reason, all as string[]) // Node does not change the list
      return
    }
    // somebody used Node's own setHeader(), and Node would then keep only the last field of each name in the list
    for (let i = 0; i < all.length; i += 2) this.#res.removeHeader(all[i] as string)
    for (let i = 0; i < all.length; i += 2) this.#res.appendHeader(all[i] as string, all[i + 1] as string)
    this.#res.writeHead(status, reason)
  }

  /** True if this response has to be the last one. */
  #endsConnection(): boolean {
    const closing = this.#host.closing && this.#connection.isNewest(this) // what is under way behind it is answered, too
    const broken = this.#upgradeHead !== undefined || this.#failure.error !== undefined
    if (!closing && !broken && !this.#leavesBody()) return false
    this.#connection.ending = true
    if (this.incomplete) lingerOnClose(this.#req)
    return true
  }

  /** True if more of the body is to come than is worth reading for nothing. */
  #leavesBody(): boolean {
    if (!this.incomplete) return false
    const awaitsContinue = this.#expectsContinue && !this.#pulled
    if (!awaitsContinue && this.contentLength !== undefined && this.contentLength <= DISCARDABLE) return false
    return true
  }

  #finish(): void {
    this.#finished = true
    if (this.incomplete) this.#req.resume()
    this.#conclude()
  }

  #conclude(): void {
    if (this.#over) return
    this.#over = true
    this.#connection.remove(this)
    this.#release()
    this.#onClose?.(this.#finished)
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
