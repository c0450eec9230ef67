/**
 * The response of one request: status, fields and cookies until the head is sent, then chunks, then the end.
 *
 * What was written stays in memory until `flush()` or `finish()`, so that a complete answer leaves in one piece with its
 * Content-Length, and an error before that can still replace all of it.
 */
import { ConnectionClosedError, HeadersSentError, ResponseFinishedError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { appendVary } from '../headers/vary.ts'
import { STATUS_CODES } from '../node-http.ts'
import {
  type ContentCoding,
  chooseCoding,
  compress,
  markEncoded,
  type ResolvedCompression,
  StreamEncoder,
} from './compression.ts'
import { type FieldValue, ResponseHeaders } from './response-headers.ts'

const DONE: Promise<void> = Promise.resolve()
const CONTENT_FIELDS: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'content-encoding',
  'content-language',
])
const NO_CHUNKS: (string | Uint8Array)[] = []
const DEFAULT_FIELDS = ['Content-Type', 'text/html; charset=UTF-8'] as const

/** The body that was written does not have the length that Content-Length announced. */
export class ContentLengthError extends Error {
  static {
    this.prototype.name = 'ContentLengthError'
  }
  readonly code = 'TYPHOON_CONTENT_LENGTH'
}

export class ResponseWriter {
  readonly #exchange: Exchange
  #lasting: string[] | undefined
  #vary: string[] | undefined
  #headers: ResponseHeaders = new ResponseHeaders(DEFAULT_FIELDS)
  #cookies: Map<string, string> | undefined
  #status = 200
  #reason: string | undefined
  #chunks: (string | Uint8Array)[] = NO_CHUNKS
  #pendingSize: number | undefined = 0
  #headSent = false
  #finished = false
  #bodyAllowed = true
  /** What Content-Length still allows, in bytes, once a head that has one was sent. */
  #remaining: number | undefined
  #statusOf: (() => number) | undefined
  readonly #compression: ResolvedCompression | undefined
  #coding: ContentCoding | undefined
  #encoder: StreamEncoder | undefined
  /** The end of what the encoder is working on; pieces leave it in order. */
  #encoding: Promise<void> = DONE

  constructor(exchange: Exchange, compression: ResolvedCompression | undefined) {
    this.#exchange = exchange
    this.#compression = compression
  }

  get status(): number {
    return this.#statusOf === undefined ? this.#status : this.#statusOf()
  }

  get reason(): string {
    return this.#reason ?? STATUS_CODES[this.#status] ?? 'Unknown'
  }

  get headers(): ResponseHeaders {
    return this.#headers
  }

  get headSent(): boolean {
    return this.#headSent
  }

  get finished(): boolean {
    return this.#finished
  }

  /** True while nothing was written and no head was sent: a returned value may still become the response. */
  get pristine(): boolean {
    return !this.#headSent && !this.#finished && this.#chunks.length === 0
  }

  setStatus(status: number, reason?: string): void {
    this.assertHeadNotSent('setStatus')
    this.#status = status
    this.#reason = reason
  }

  /** Sets a field that `clear()` keeps, so that it is on error pages too. */
  setLasting(name: string, value: FieldValue): void {
    if (this.#headSent) return
    this.#headers.set(name, value)
    this.#lasting ??= []
    this.#lasting.push(name, this.#headers.get(name) ?? '')
  }

  /** Says that the response depends on a field of the request; whatever `Vary` is set to, this is in it too. */
  addVary(name: string): void {
    if (this.#headSent) return
    this.#vary ??= []
    if (!this.#vary.includes(name)) this.#vary.push(name)
  }

  setCookie(name: string, line: string): void {
    this.assertHeadNotSent('setCookie')
    this.#cookies ??= new Map()
    this.#cookies.delete(name) // set anew, it moves to the end, as the last word on this name
    this.#cookies.set(name, line)
  }

  /** Forgets status, fields, cookies and everything written but not yet sent. */
  clear(): void {
    this.assertHeadNotSent('clear')
    this.#status = 200
    this.#reason = undefined
    this.#headers = new ResponseHeaders(DEFAULT_FIELDS)
    this.#cookies = undefined
    this.#dropChunks()
    this.#coding = undefined
  }

  /** Sets the fields again that are to be on every answer. */
  restoreLasting(): void {
    const lasting = this.#lasting ?? []
    for (let i = 0; i < lasting.length; i += 2) this.#headers.set(lasting[i] as string, lasting[i + 1] as string)
  }

  write(chunk: string | Uint8Array): void {
    if (this.#finished) throw new ResponseFinishedError('write()')
    if (chunk.length === 0) return
    if (this.#chunks === NO_CHUNKS) this.#chunks = [chunk]
    else this.#chunks.push(chunk)
    this.#pendingSize = undefined
  }

  /** Drops what was written and not yet sent; status and fields stay. */
  discardBody(): void {
    this.#dropChunks()
    this.#coding = undefined
  }

  /**
   * Settles in which coding the body will leave, as its fields stand now; `finish()` and `flush()` then use it.
   *
   * @param size - of a complete body; undefined for a streamed one
   */
  chooseCoding(size: number | undefined): void {
    if (this.#compression === undefined || this.#coding !== undefined || !allowsBody(this.#status)) return
    const accepted = this.#exchange.headers.get('accept-encoding')
    this.#coding = chooseCoding(this.#compression, accepted, this.#status, this.#headers, size)
  }

  /** Everything written and not yet sent, as one piece. */
  get pending(): string | Uint8Array {
    const chunks = this.#chunks
    if (chunks.length === 0) return ''
    if (chunks.length > 1) this.#chunks = [joinChunks(chunks)]
    return this.#chunks[0] as string | Uint8Array
  }

  /** The size of `pending` in bytes. */
  get pendingSize(): number {
    this.#pendingSize ??= Buffer.byteLength(this.pending)
    return this.#pendingSize
  }

  /**
   * Sends what was written so far, after the head if that has not left yet.
   *
   * @returns settles when the peer's socket has taken it
   */
  flush(): Promise<void> {
    if (this.#finished) throw new ResponseFinishedError('flush()')
    if (this.#exchange.ended) return closed()
    const headOnly = this.#chunks.length === 0
    this.#sendHead()
    if (this.#encoder !== undefined) return quietly(this.#encodePending(this.#encoder))
    return this.#sendPending() && !headOnly ? DONE : quietly(this.#exchange.drained())
  }

  /** Ends the response: a complete answer if nothing was flushed, else the rest of the body. */
  finish(): void {
    if (this.#finished) throw new ResponseFinishedError('finish()')
    if (this.#headSent) this.#finishStream()
    else this.#respond()
    this.#finished = true
  }

  /** Gives up the response without a clean end. */
  abort(): void {
    this.#finished = true
    this.#encoder?.destroy()
    if (this.#statusOf === undefined) this.#exchange.abort() // else it is somebody else's
  }

  /**
   * Leaves the response to somebody else, such as a socket handler or a mounted application.
   *
   * @param statusOf - tells for the log with which status it was answered
   */
  handOver(statusOf: () => number): void {
    this.#headSent = true
    this.#finished = true
    this.#statusOf = statusOf
  }

  /** @param argument - of the action, for the message of the error */
  assertHeadNotSent(action: string, argument?: string): void {
    if (!this.#headSent && !this.#finished) return
    const call = `${action}(${argument === undefined ? '' : JSON.stringify(argument)})`
    throw this.#headSent ? new HeadersSentError(call) : new ResponseFinishedError(call)
  }

  /** The fields as they would be sent, for the head of an upgrade. */
  headFields(): readonly string[] {
    const vary = this.#vary ?? []
    for (const name of vary) this.#headers.set('Vary', appendVary(this.#headers.get('Vary'), name))
    if (this.#cookies === undefined) return this.#headers.fields
    const fields = [...this.#headers.fields]
    for (const line of this.#cookies.values()) fields.push('Set-Cookie', line)
    return fields
  }

  #respond(): void {
    const body = this.pending
    const length = this.pendingSize
    if (this.#coding !== undefined && length > 0) return this.#respondCompressed(this.#coding, body)
    const fields = this.#completeFields(length)
    this.#headSent = true
    this.#dropChunks()
    if (this.#exchange.ended) return
    const sent = length > 0 && this.#exchange.method !== 'HEAD' ? body : undefined
    this.#exchange.respond(this.#status, this.reason, fields, sent, length)
  }

  #respondCompressed(coding: ContentCoding, body: string | Uint8Array): void {
    this.#coding = undefined
    this.#assertDeclared(Buffer.byteLength(body))
    markEncoded(this.#headers, coding)
    const compressed = compress(coding, body)
    this.#headSent = true
    const send = (bytes: Buffer) => {
      this.#chunks = [bytes]
      this.#pendingSize = bytes.length
      this.#respond()
    }
    if (compressed instanceof Promise) compressed.then(send).catch(() => this.#exchange.abort())
    else send(compressed)
  }

  async #encodePending(encoder: StreamEncoder): Promise<void> {
    const chunk = this.#takePending()
    this.#encoding = this.#encoding.then(async () => {
      this.#exchange.write(await encoder.encode(chunk))
      await this.#exchange.drained()
    })
    this.#encoding.catch(() => undefined) // whoever flushed hears of it; the end of the response waits for all of them
    await this.#encoding
  }

  async #endEncoded(encoder: StreamEncoder, chunk: string | Uint8Array): Promise<void> {
    await this.#encoding
    this.#exchange.write(await encoder.end(chunk))
    this.#exchange.end()
  }

  #completeFields(length: number): readonly string[] {
    if (!allowsBody(this.#status)) {
      if (length > 0)
        throw new ContentLengthError(`a response with status ${this.#status} has no body; ${length} bytes were written`)
      this.#dropContentFields()
      return this.headFields()
    }
    const declared = this.#headers.get('Content-Length')
    if (declared === undefined) {
      this.#headers.append('Content-Length', String(length))
      return this.headFields()
    }
    const isHeadOnly = this.#exchange.method === 'HEAD' && length === 0
    if (!isHeadOnly) this.#assertDeclared(length)
    return this.headFields()
  }

  /** @param length - of the body before it is compressed, which is what the handler counts */
  #assertDeclared(length: number): void {
    const declared = this.#headers.get('Content-Length')
    if (declared === undefined || parseLength(declared) === length) return
    throw new ContentLengthError(`Content-Length is ${declared}, but ${length} bytes were written`)
  }

  #sendHead(): void {
    if (this.#headSent) return
    this.#bodyAllowed = allowsBody(this.#status) && this.#exchange.method !== 'HEAD'
    if (!allowsBody(this.#status)) {
      if (this.#chunks.length > 0) throw new ContentLengthError(`a response with status ${this.#status} has no body`)
      this.#dropContentFields()
    }
    this.chooseCoding(undefined)
    if (this.#coding !== undefined && this.#bodyAllowed) this.#encoder = new StreamEncoder(this.#coding)
    const declared = this.#headers.get('Content-Length')
    if (declared !== undefined && this.#bodyAllowed) this.#remaining = parseLength(declared)
    if (this.#coding !== undefined) markEncoded(this.#headers, this.#coding)
    this.#assertFits()
    this.#headSent = true
    this.#exchange.sendHead(this.#status, this.reason, this.headFields())
  }

  /** @returns false when the socket asks for a pause */
  #sendPending(): boolean {
    if (this.#chunks.length === 0) return true
    const chunk = this.#takePending()
    return this.#bodyAllowed ? this.#exchange.write(chunk) : true
  }

  /** Everything written and not yet sent, which counts as sent from now on. */
  #takePending(): string | Uint8Array {
    this.#assertFits()
    const chunk = this.pending
    this.#dropChunks()
    if (this.#remaining !== undefined) this.#remaining -= Buffer.byteLength(chunk)
    return chunk
  }

  #finishStream(): void {
    if (this.#exchange.ended) return this.#encoder?.destroy()
    if (this.#encoder === undefined) this.#sendPending()
    const last = this.#takePending()
    if (this.#remaining !== undefined && this.#remaining > 0) {
      throw new ContentLengthError(`the body is ${this.#remaining} bytes shorter than its Content-Length`)
    }
    if (this.#encoder === undefined) this.#exchange.end()
    else this.#endEncoded(this.#encoder, last).catch(() => this.abort())
  }

  #assertFits(): void {
    if (this.#remaining === undefined || this.#chunks.length === 0) return
    const excess = Buffer.byteLength(this.pending) - this.#remaining
    if (excess > 0) throw new ContentLengthError(`the body is ${excess} bytes longer than its Content-Length`)
  }

  #dropChunks(): void {
    this.#chunks = NO_CHUNKS
    this.#pendingSize = 0
  }

  /** A response without content must not describe one; 205 says so by its length (RFC 9110 §15.3.6). */
  #dropContentFields(): void {
    this.#headers.deleteAll(CONTENT_FIELDS)
    if (this.#status === 205) this.#headers.set('Content-Length', 0)
  }
}

/**
 * Stands for the response of each request whose socket somebody has taken. That may stay open for long, so nothing of the real one is
 * kept.
 */
export const DETACHED_RESPONSE: ResponseWriter = new ResponseWriter(
  undefined as unknown as Exchange, // which is not asked for anything any more
  undefined,
)
DETACHED_RESPONSE.headers.delete('Content-Type')
DETACHED_RESPONSE.handOver(() => 101)

/** A rejection that is also fine when nobody awaits it: a client that leaves must not bring the process down. */
function quietly(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined)
  return promise
}

function closed(): Promise<void> {
  return quietly(Promise.reject(new ConnectionClosedError()))
}

function allowsBody(status: number): boolean {
  return status !== 204 && status !== 304 && status !== 205
}

function joinChunks(chunks: readonly (string | Uint8Array)[]): string | Uint8Array {
  if (chunks.every((chunk) => typeof chunk === 'string')) return chunks.join('')
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)))
}

function parseLength(value: string): number {
  if (!/^\d{1,15}$/.test(value))
    throw new ContentLengthError(`Content-Length must be a whole number, got ${JSON.stringify(value)}`)
  return Number(value)
}
