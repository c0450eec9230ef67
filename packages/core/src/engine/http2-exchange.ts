/** One HTTP/2 stream, behind the seam of exchange.ts (RFC 9113). */
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { PeerCertificate } from 'node:tls'
import { ConnectionClosedError, type HTTPError } from '../errors.ts'
import type { ContentSource, Exchange, ExchangeWatcher, Peer, ShutdownListener } from '../exchange.ts'
import type { HTTPHeaders } from '../http-headers.ts'
import { http2 } from '../late-modules.ts'
import type { AdmittedHead } from './admission.ts'
import { type ExchangeHost, type OpenExchange, plainAddress } from './exchange-host.ts'
import type { ForwardedOrigin } from './forwarding.ts'
import { BodyFailure, IncomingBody } from './incoming-body.ts'
import { peerCertificate } from './peer-certificate.ts'

/** Fields of HTTP/1.1 connections, which HTTP/2 forbids (RFC 9113 §8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'upgrade'])

export class HTTP2Exchange implements Exchange, OpenExchange, Peer {
  readonly httpVersion = '2.0'
  readonly method: string
  readonly target: string
  readonly headers: HTTPHeaders
  readonly authority: string
  readonly startTime: number = performance.now()
  readonly hasBody: boolean
  readonly contentLength: number | undefined
  readonly node: undefined = undefined
  readonly upgradable = false
  place = 0
  readonly port: number
  readonly #remoteAddress: string
  readonly #stream: ServerHttp2Stream
  readonly #host: ExchangeHost
  readonly #expectsContinue: boolean
  readonly #forwarded: ForwardedOrigin | undefined
  readonly #failure: BodyFailure = new BodyFailure()
  #ended = false
  #over = false
  #handled = false
  #watcher: ExchangeWatcher | undefined

  constructor(stream: ServerHttp2Stream, method: string, headers: HTTPHeaders, head: AdmittedHead, host: ExchangeHost) {
    this.#stream = stream
    this.#host = host
    this.#expectsContinue = head.expectsContinue
    this.method = method
    this.target = head.target
    this.headers = headers
    this.hasBody = head.hasBody
    this.contentLength = head.contentLength
    const socket = stream.session?.socket
    this.port = socket?.remotePort ?? 0
    this.#remoteAddress = plainAddress(socket?.remoteAddress)
    this.#forwarded = host.proxies?.resolve(this.#remoteAddress, headers)
    this.authority = this.#forwarded?.host ?? head.authority
    host.enter(this)
    stream.on('error', () => undefined) // the close that follows tells it to those concerned
    stream.once('close', () => this.#conclude())
    if (head.hasBody) stream.once('finish', () => setImmediate(() => this.#stopSender())) // behind the end of the response
  }

  get peer(): Peer {
    return this
  }

  get address(): string {
    return this.#forwarded?.address ?? this.#remoteAddress
  }

  get encrypted(): boolean {
    const protocol = this.#forwarded?.protocol
    return protocol === undefined ? this.#stream.session?.encrypted === true : protocol === 'https'
  }

  certificate(): PeerCertificate | undefined {
    return peerCertificate(this.#socket)
  }

  get body(): ContentSource {
    const stream = this.#stream
    const isComplete = () => stream.readableEnded && !stream.aborted
    const onPull = () => {
      if (this.#expectsContinue) this.sendInformational(100, [])
    }
    return new IncomingBody(this.#failure, { stream: () => stream, isComplete, onPull })
  }

  /** Tells the reader of the content that the rest of it will not be waited for. */
  failBody(error: HTTPError): void {
    this.#failure.report(error)
  }

  get shuttingDown(): boolean {
    return this.#host.closing
  }

  get headSent(): boolean {
    return this.#stream.headersSent
  }

  get ended(): boolean {
    return this.#over || this.#ended
  }

  get peerGone(): boolean {
    return this.#over && !this.#completed
  }

  respond(status: number, _reason: string, fields: readonly string[], body: string | Uint8Array | undefined): void {
    this.#ended = true
    this.#sendHead(status, fields, body === undefined)
    if (body !== undefined) this.#stream.end(body)
  }

  sendHead(status: number, _reason: string, fields: readonly string[]): void {
    this.#sendHead(status, fields, false)
  }

  write(chunk: string | Uint8Array): boolean {
    return this.#stream.write(chunk)
  }

  drained(): Promise<void> {
    if (this.#over) return this.#completed ? Promise.resolve() : Promise.reject(new ConnectionClosedError())
    const stream = this.#stream
    if (!stream.writableNeedDrain) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const settle = () => {
        stream.off('drain', settle)
        stream.off('close', settle)
        if (stream.destroyed && !this.#completed) reject(new ConnectionClosedError())
        else resolve()
      }
      stream.once('drain', settle)
      stream.once('close', settle)
    })
  }

  end(): void {
    this.#ended = true
    this.#stream.end()
  }

  /** Resets the stream only: the other streams of the connection have done nothing wrong. */
  abort(): void {
    // close() would end the writing side first, and the peer take what it has for the whole; an error resets the stream
    this.#stream.destroy(new ConnectionClosedError('the response was given up'))
  }

  sendInformational(status: number, fields: readonly string[]): void {
    if (!this.headSent && !this.#stream.destroyed)
      this.#stream.additionalHeaders({ ...toHeaders(fields), ':status': status })
  }

  watch(watcher: ExchangeWatcher): void {
    if (this.#over) watcher.exchangeClosed(this.#completed)
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

  takeSocket(): { socket: Duplex; head: Buffer } {
    throw new Error('takeSocket: an HTTP/2 stream shares its socket with others')
  }

  get #socket(): Socket | undefined {
    return this.#stream.session?.socket
  }

  /** Complete if the response ended and the stream was not reset. */
  get #completed(): boolean {
    return this.#ended && this.#stream.writableFinished && !this.#stream.aborted
  }

  #sendHead(status: number, fields: readonly string[], endStream: boolean): void {
    if (this.#over || this.#stream.destroyed) return
    this.#stream.respond({ ...toHeaders(fields), ':status': status }, { endStream })
  }

  /** The answer is complete: what is still to come of the request is not wanted (RFC 9113 §8.1). */
  #stopSender(): void {
    if (this.#stream.readableEnded) return
    this.#stream.close(http2().constants.NGHTTP2_NO_ERROR)
    this.#stream.resume() // Node keeps the stream until everything that came has been read
  }

  #conclude(): void {
    if (this.#over) return
    this.#over = true
    if (this.#handled) this.#host.leave(this)
    this.#watcher?.exchangeClosed(this.#completed)
  }
}

/** Names and values by turns, as the object that `node:http2` takes; repeated names become lists. */
function toHeaders(fields: readonly string[]): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = Object.create(null)
  for (let i = 0; i < fields.length; i += 2) {
    const name = (fields[i] as string).toLowerCase()
    const value = fields[i + 1] as string
    if (CONNECTION_FIELDS.has(name)) continue
    const earlier = headers[name]
    headers[name] = earlier === undefined ? value : [...(Array.isArray(earlier) ? earlier : [earlier]), value]
  }
  return headers
}

/** The fields of a request by turns, without the pseudo-header fields. */
export function plainFields(headers: IncomingHttpHeaders, raw: readonly string[]): string[] {
  const fields: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    if (!name.startsWith(':')) fields.push(name, raw[i + 1] as string)
  }
  const authority = headers[':authority']
  const host = headers.host
  // where both came they must agree (RFC 9113 §8.3.1); a second Host is for admission to refuse
  if (authority !== undefined && host !== authority) fields.push('host', authority)
  return fields
}
