/**
 * Node's request and response with a shorter way for the usual case: a complete answer, sent in one write.
 *
 * Node's own way builds the head in many steps, sends it through a stream, makes an object of all fields and runs every
 * request to its end, also where nobody looks; that is most of the cost of a small answer. This is the only file that
 * touches what Node does not document: fields by which a response says that it has been sent, that the server goes on when
 * it emits `finish`, and how it then disposes of a request that nobody has read. A self-test at start-up compares the effect
 * with what is expected, and where a version of Node behaves differently everything takes the documented way.
 */
import { type IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

/** What of Node's request is not in its documentation. */
interface Undocumented {
  _dump(): void
}

const NO_FIELDS: IncomingHttpHeaders = Object.freeze({})
const nodeMessage = IncomingMessage.prototype as IncomingMessage & Undocumented
const nodeHeaders = describe(nodeMessage, 'headers')
const nodeReadableEnded = describe(nodeMessage, 'readableEnded')

/** Takes the content of a request as it comes. */
export interface ContentSink {
  readonly add: (chunk: Buffer) => void
  /** Called when all of it has come. */
  readonly end: () => void
}

export class LeanRequest extends IncomingMessage {
  #received = false
  #unread = false
  #sink: ContentSink | undefined

  /** Says that the request has been passed on: up to here only Node looks at its fields, and only for a few. */
  receive(): void {
    this.#received = true
  }

  /** Says that nobody will read the request or look at its events; it must have no content. */
  leaveUnread(): void {
    this.#unread = works
  }

  /** Passes the content on past the stream, which then has ended. @returns false if some of it has come already */
  collect(sink: ContentSink): boolean {
    if (!works || this.complete || this.readableLength > 0) return false
    this.#sink = sink
    return true
  }

  /** Leaves to the stream what is still to come. */
  stopCollecting(): void {
    this.#sink = undefined
  }

  /** Where Node's parser puts the content, and null at its end. */
  override push(chunk: Buffer | null): boolean {
    const sink = this.#sink
    if (sink === undefined) return super.push(chunk)
    if (chunk !== null) {
      sink.add(chunk)
      return true
    }
    this.#sink = undefined
    this.#unread = true
    sink.end()
    return true
  }

  /** How Node reads a request to its end after the answer. */
  _dump(): void {
    if (!this.#unread) nodeMessage._dump.call(this)
  }

  get #probed(): boolean {
    return works && !this.#received && this.httpVersionMinor === 1 && !hasExpect(this.rawHeaders)
  }

  static {
    // Node's types have these as plain members, which a class cannot override with accessors
    overrideGetter(this.prototype, 'headers', (req) => (req.#probed ? NO_FIELDS : nodeHeaders?.get?.call(req)))
    overrideGetter(this.prototype, 'readableEnded', (req) => req.#unread || nodeReadableEnded?.get?.call(req))
  }
}

function hasExpect(fields: readonly string[]): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    if (name.length === 6 && name.toLowerCase() === 'expect') return true
  }
  return false
}

function overrideGetter(prototype: IncomingMessage, name: string, read: (req: LeanRequest) => unknown): void {
  Object.defineProperty(prototype, name, {
    ...describe(prototype, name),
    get(this: LeanRequest) {
      return read(this)
    },
  })
}

function describe(prototype: object | null, name: string): PropertyDescriptor | undefined {
  if (prototype === null) return undefined
  return Object.getOwnPropertyDescriptor(prototype, name) ?? describe(Object.getPrototypeOf(prototype), name)
}

/** What of Node's response is not in its documentation. */
interface SentState {
  _header: string | null
  _headerSent: boolean
  finished: boolean
  maxRequestsOnConnectionReached?: boolean
  socket: Socket | null
  /** Sends what was written while an earlier response had the socket. */
  _flush(): void
}

/** A socket knows the response that is being sent on it. */
type Occupied = Socket & { _httpMessage: ServerResponse | null }

/** Who hears that an answer has been handed to the system. */
export interface Answerer {
  answered(): void
}

export class LeanResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  #complete = false

  /** Makes it behave in all respects as Node's own, which also hears of the end of its socket; for an answer in pieces. */
  complete(): void {
    if (this.#complete) return
    this.#complete = true
    const { socket } = this
    if (!works || socket === null) return
    leave(socket)
    super.assignSocket(socket)
  }

  override assignSocket(socket: Socket): void {
    if (this.#complete || !works) return super.assignSocket(socket)
    const occupied = socket as Occupied
    if (occupied._httpMessage) throw new Error('a response is being sent on this socket')
    occupied._httpMessage = this
    const state = this as unknown as SentState
    state.socket = socket
    state._flush()
  }

  override detachSocket(socket: Socket): void {
    if (this.#complete || !works) return super.detachSocket(socket)
    leave(socket)
    ;(this as unknown as SentState).socket = null
  }

  /**
   * Sends a complete answer on a connection that stays open.
   *
   * @param fields - names and values by turns, with Content-Length, without Connection and Date
   * @param keepAlive - milliseconds for which an idle connection is kept; 0 for ever
   * @returns false if this answer has to take Node's way; nothing was sent then
   */
  answer(
    status: number,
    reason: string,
    fields: readonly string[],
    body: string | Uint8Array | undefined,
    keepAlive: number,
    answerer: Answerer,
  ): boolean {
    const state = this as unknown as SentState
    const { socket } = this
    if (!works || socket === null || !socket.writable || !this.shouldKeepAlive) return false
    if (state._header || state.maxRequestsOnConnectionReached === true || this.req.httpVersionMinor === 0) return false
    const head = formatHead(status, reason, fields, keepAlive)
    if (head === undefined || !send(socket, head, body)) return false
    this.statusCode = status
    this.statusMessage = reason
    state._header = head
    state._headerSent = true
    state.finished = true
    // what the system took at once needs no callback
    if (socket.writableLength === 0 && socket.errored === null) this.#finish(answerer)
    else socket.write('', (error) => error ?? this.#finish(answerer)) // after an error the socket's close tells
    return true
  }

  #finish(answerer: Answerer): void {
    this.emit('finish')
    answerer.answered()
  }
}

function leave(socket: Socket): void {
  ;(socket as Occupied)._httpMessage = null
}

/** @returns false for text that cannot be sent together with its head */
function send(socket: Socket, head: string, body: string | Uint8Array | undefined): boolean {
  if (body === undefined) {
    socket.write(head, 'latin1')
  } else if (typeof body === 'string') {
    const text = head + body
    const isPlain = isASCII(text)
    if (!isPlain && !isASCII(head)) return false // a field would not be the same in the encoding of the body
    socket.write(text, isPlain ? 'latin1' : 'utf8') // the cheaper one where it does
  } else if (body.length <= SHORT) {
    socket.write(head + latin1(body), 'latin1') // each byte is one character of it, and one string is cheaper than two buffers
  } else {
    socket.cork()
    socket.write(head, 'latin1')
    socket.write(body)
    socket.uncork()
  }
  return true
}

/** Bytes up to which Node writes a string without a buffer of its own, with room for the head. */
const SHORT = 12 * 1024

function latin1({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}

function isASCII(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

/** @returns undefined for a head that says more than the usual about date or connection */
function formatHead(status: number, reason: string, fields: readonly string[], keepAlive: number): string | undefined {
  let head = `HTTP/1.1 ${status} ${reason}\r\n`
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string
    if ((name.length === 4 || name.length === 10) && /^(?:date|connection)$/i.test(name)) return undefined
    head += `${name}: ${fields[i + 1]}\r\n`
  }
  return head + endOfHead(keepAlive)
}

let second = 0
let keepAliveOfEnd = 0
let end = ''

/** The fields that every answer has, made anew once a second. */
function endOfHead(keepAlive: number): string {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second || keepAlive !== keepAliveOfEnd) {
    second = now
    keepAliveOfEnd = keepAlive
    const timeout = keepAlive >= 1000 ? `Keep-Alive: timeout=${Math.floor(keepAlive / 1000)}\r\n` : ''
    end = `Date: ${new Date(now * 1000).toUTCString()}\r\nConnection: keep-alive\r\n${timeout}\r\n`
  }
  return end
}

/** True while the shorter way may be taken. */
let works = true
works = process.env['TYPHOON_LEAN_RESPONSE'] !== 'off' && passesSelfTest()

/** Answers once on a stream of our own, and looks at what Node makes of it. */
function passesSelfTest(): boolean {
  const written: Buffer[] = []
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk)
      done()
    },
  })
  const req = new LeanRequest(stream as Socket)
  req.httpVersionMajor = 1
  req.httpVersionMinor = 1
  return leavesUnread(req) && collects(new LeanRequest(stream as Socket)) && answersOnce(req, stream as Socket, written)
}

function leavesUnread(req: LeanRequest): boolean {
  if (nodeHeaders?.get === undefined || nodeReadableEnded?.get === undefined) return false
  if (typeof nodeMessage._dump !== 'function') return false
  if (req.headers !== NO_FIELDS || req.readableEnded) return false
  req.receive()
  if (req.headers === NO_FIELDS) return false
  req.leaveUnread()
  req._dump()
  return req.readableEnded && req.readableFlowing === null
}

function collects(req: LeanRequest): boolean {
  let text = ''
  let ended = false
  const isTaken = req.collect({
    add: (chunk) => (text += chunk.toString()),
    end: () => (ended = true),
  })
  req.push(Buffer.from('a'))
  req.push(Buffer.from('b'))
  req.push(null)
  req._dump()
  return (
    isTaken && text === 'ab' && ended && req.readableEnded && req.readableLength === 0 && req.readableFlowing === null
  )
}

function becomesComplete(res: LeanResponse, socket: Socket): boolean {
  res.assignSocket(socket)
  res.complete()
  const hears = socket.listenerCount('close') === 1 && res.socket === socket
  res.detachSocket(socket)
  return hears && socket.listenerCount('close') === 0
}

function answersOnce(req: LeanRequest, socket: Socket, written: readonly Buffer[]): boolean {
  const res = new LeanResponse(req)
  if (!res.shouldKeepAlive || res.headersSent || res.writableEnded) return false
  let heard = 0
  res.on('finish', () => (heard += 1))
  res.assignSocket(socket)
  const isAssigned = res.socket === socket && socket.listenerCount('close') === 0
  const answered = res.answer(200, 'OK', ['Content-Length', '2'], 'ok', 5000, { answered: () => (heard += 1) })
  const text = Buffer.concat(written).toString()
  const isWhole =
    /^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\nDate: [^\r]+\r\nConnection: keep-alive\r\n.*\r\n\r\nok$/s.test(text)
  const isSent = res.headersSent && res.writableEnded && res.statusCode === 200 && heard === 2
  res.detachSocket(socket)
  return isAssigned && answered && isWhole && isSent && becomesComplete(new LeanResponse(req), socket)
}
