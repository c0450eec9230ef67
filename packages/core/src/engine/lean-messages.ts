/**
 * A shorter way through Node's server for the usual case: a request on a connection where nothing else goes on, and a complete
 * answer, sent in one write.
 *
 * Node makes a request that is a stream and a response that is another, builds the head in many steps, sends it through the
 * second, and runs the first to its end, also where nobody looks; that is most of the cost of a small answer. Here its
 * parser makes a plain object, and its server hears of a request when somebody asks for Node's own request or response: for
 * an answer in pieces, for middleware, or because another request has come behind. Until then a socket is all that is needed.
 *
 * This is the only file that touches what Node does not document: that its parser keeps the request as `incoming`, what it sets
 * and calls there, and that it hands it on by `onIncoming`. A self-test at the start compares the effect with what is
 * expected, and where a version of Node behaves differently everything takes the documented way.
 */
import { channel } from 'node:diagnostics_channel'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { createServer, IncomingMessage, Server, ServerResponse } from '../node-http.ts'
import { type Answerer, answer } from './whole-answer.ts'

/** What of Node's request is not in its documentation. */
interface NodeMessage extends IncomingMessage {
  upgrade: boolean | null
  joinDuplicateHeaders: boolean
  _addHeaderLines(fields: readonly string[], count: number): void
}

/** What of Node's response is not in its documentation. */
interface NodeResponse extends ServerResponse {
  _header: string
  _closed: boolean
  finished: boolean
  destroyed: boolean
}

interface Parser {
  incoming: IncomingMessage | ParsedRequest | null
  /** Hands a request to the server, which makes a response and emits an event. @returns what the parser is to do */
  onIncoming: (req: IncomingMessage | ParsedRequest, keepAlive: boolean) => number
}

type ParsedSocket = Socket & { parser?: Parser | null }

/** Takes the content of a request as it comes. */
export interface ContentSink {
  readonly add: (chunk: Buffer) => void
  /** Called when all of it has come. */
  readonly end: () => void
}

/** Takes the requests of a connection. */
export interface Receiver {
  /** True if a request that asks for another protocol is to become an upgrade. */
  takesUpgrade(req: ParsedRequest): boolean
  /** Takes a request that Node's server has not heard of. @returns false to leave it to the server */
  take(req: ParsedRequest): boolean
  /** Called before Node's server hears of a request: it must know those that came before. */
  giveWay(): void
}

/** A request that waits for Node's server to make a response. */
let asking: { readonly message: IncomingMessage; res: ServerResponse | undefined } | undefined

/** To be called by whoever listens for requests. @returns false if nobody waits for this response: the request is a new one */
export function takeResponse(req: IncomingMessage, res: ServerResponse): boolean {
  if (asking === undefined || asking.message !== req) return false
  asking.res = res
  return true
}

/** A request as the parser makes it. */
export class ParsedRequest {
  readonly socket: Socket
  httpVersionMajor = 1
  httpVersionMinor = 1
  httpVersion = '1.1'
  joinDuplicateHeaders = false
  url = ''
  method = ''
  upgrade: boolean | null = false
  rawHeaders: string[] = []
  #complete = false
  #trailers: string[] | undefined
  #sink: ContentSink | undefined
  #message: NodeMessage | undefined
  #onIncoming: Parser['onIncoming'] | undefined

  constructor(socket: Socket) {
    this.socket = socket
  }

  /** True once all of its content has come; set by the parser. */
  get complete(): boolean {
    return this.#message === undefined ? this.#complete : this.#message.complete
  }

  set complete(value: boolean) {
    this.#complete = value
  }

  /** Called by the parser, for the fields behind the content too. */
  _addHeaderLines(fields: string[]): void {
    if (this.#complete) this.#trailers = fields
    else this.rawHeaders = fields
  }

  /** Called by the parser with the content, and with null at its end. */
  push(chunk: Buffer | null): boolean {
    const sink = this.#sink
    if (chunk === null) {
      this.#sink = undefined
      if (this.#message !== undefined) this.#end(this.#message)
      sink?.end()
    } else if (sink === undefined) {
      return this.message.push(chunk)
    } else {
      sink.add(chunk)
    }
    return true
  }

  /** Called by Node's server, when the socket's time is out. */
  emit(...event: Parameters<IncomingMessage['emit']>): boolean {
    return this.#message?.emit(...event) === true
  }

  /** True once there is a request of Node's own. */
  get hasMessage(): boolean {
    return this.#message !== undefined
  }

  /** Node's own request. */
  get message(): IncomingMessage {
    this.#message ??= this.#makeMessage()
    return this.#message
  }

  #makeMessage(): NodeMessage {
    const message = new IncomingMessage(this.socket) as NodeMessage
    message.httpVersionMajor = this.httpVersionMajor
    message.httpVersionMinor = this.httpVersionMinor
    message.httpVersion = this.httpVersion
    message.joinDuplicateHeaders = this.joinDuplicateHeaders
    message.url = this.url
    message.method = this.method
    message.upgrade = this.upgrade
    message._addHeaderLines(this.rawHeaders, this.rawHeaders.length)
    if (this.#complete) this.#end(message)
    const { parser } = this.socket as ParsedSocket
    if (parser?.incoming === this && this.#sink === undefined) parser.incoming = message
    return message
  }

  #end(message: NodeMessage): void {
    message.complete = true
    if (this.#trailers !== undefined) message._addHeaderLines(this.#trailers, this.#trailers.length)
    message.push(null)
  }

  /** Offers it to a receiver before Node's server hears of it. @returns false if it was not taken */
  offer(receiver: Receiver, onIncoming: Parser['onIncoming']): boolean {
    this.#onIncoming = onIncoming
    if (receiver.take(this)) return true
    this.#onIncoming = undefined
    return false
  }

  /** Has Node's server hear of a request that a receiver took. */
  makeResponse(): ServerResponse {
    const asked = { message: this.message, res: undefined as ServerResponse | undefined }
    asking = asked
    this.#onIncoming?.(asked.message, true) // it emits its event, and who listens calls takeResponse()
    asking = undefined
    return asked.res ?? new ServerResponse(asked.message) // which leads nowhere, where the server refused it
  }

  /** Node's response to a request that was answered without it, or whose client has left: nothing can be sent by it. */
  pastResponse(status: number | undefined): ServerResponse {
    const res = new ServerResponse(this.message) as NodeResponse
    if (status === undefined) this.message.destroy()
    else Object.assign(res, { statusCode: status, _header: 'sent', finished: true })
    return Object.assign(res, { destroyed: true, _closed: true })
  }

  /** Says that it was answered and nobody will look at it any more, so that an idle connection need not keep it. */
  discard(): void {
    this.#complete = true
    const { parser } = this.socket as ParsedSocket
    if (parser?.incoming === this) parser.incoming = null
  }

  /** Passes the content on past the stream. @returns false if a stream has some of it already */
  collect(sink: ContentSink): boolean {
    if (this.#complete || this.hasMessage) return false
    this.#sink = sink
    return true
  }

  /** Says that the rest of the content will not come. */
  stopCollecting(): void {
    this.#sink = undefined
  }
}

/** Has the requests of a connection passed to `receiver` where the shorter way works. */
export function takeRequests(server: Server, socket: Socket, receiver: Receiver): void {
  const { parser } = socket as ParsedSocket
  if (parser == null) return
  const onIncoming = parser.onIncoming
  parser.onIncoming = (req, keepAlive) => {
    if (!(req instanceof ParsedRequest)) return onIncoming(req, keepAlive)
    if (req.upgrade === true && !receiver.takesUpgrade(req)) req.upgrade = false
    const isPlain = keepAlive && req.upgrade !== true && req.httpVersionMinor === 1 && socket.writableLength === 0
    if (isPlain && !isObserved(server) && req.offer(receiver, onIncoming)) return CONTINUE
    receiver.giveWay()
    return onIncoming(req.message, keepAlive)
  }
}

/** Tells the parser that there is nothing special about a request. */
const CONTINUE = 0

const CHANNELS = ['http.server.request.start', 'http.server.response.created', 'http.server.response.finish'].map(
  (name) => channel(name),
)

/** True if somebody else wants to see requests or responses of this server, who would see none that it does not hear of. */
function isObserved(server: Server): boolean {
  if (server.emit !== EventEmitter.prototype.emit || server.listenerCount('request') > 1) return true
  if (server.maxRequestsPerSocket !== null && server.maxRequestsPerSocket > 0) return true // it has to count them
  for (const { hasSubscribers } of CHANNELS) if (hasSubscribers) return true
  return false
}

let works: boolean | undefined

/**
 * True if the shorter way can be taken: it is not switched off, and this version of Node does what is expected. Where all
 * servers are watched it never can, and those who watch are not shown a test.
 */
export function isLean(): boolean {
  if (process.env['TYPHOON_LEAN_RESPONSE'] === 'off' || isObserved(Server.prototype)) return false
  works ??= passesSelfTest()
  return works
}

/** Has Node's server receive four requests on a stream of our own, and looks at what comes of them. */
function passesSelfTest(): boolean {
  let written = ''
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString()
      done()
    },
  }) as Socket
  const server = createServer({
    IncomingMessage: ParsedRequest as unknown as typeof IncomingMessage,
    requireHostHeader: false,
  })
  const tester = new SelfTester(stream)
  server.on('request', (req, res) => tester.receive(req, res))
  try {
    server.emit('connection', stream)
    if (typeof (stream as ParsedSocket).parser?.onIncoming !== 'function') return false
    takeRequests(server, stream, tester)
    stream.emit('data', Buffer.from(REQUESTS))
    return tester.log.join() === EXPECTED_LOG && EXPECTED_TEXT.test(written)
  } catch {
    return false
  } finally {
    stream.destroy()
  }
}

const REQUESTS = `GET /now HTTP/1.1\r
Host: a\r
\r
POST /content HTTP/1.1\r
Content-Length: 2\r
\r
bcGET /later HTTP/1.1\r
Host: a\r
\r
POST /last HTTP/1.1\r
Transfer-Encoding: chunked\r
Upgrade: d\r
\r
1\r
e\r
0\r
F: g\r
\r
`
const EXPECTED_LOG = [
  'take /now GET Host,a',
  'answered',
  'take /content POST Content-Length,2',
  'bc',
  'answered',
  'take /later GET Host,a',
  'late response true',
  'request /last Transfer-Encoding,chunked,Upgrade,d true',
  'e',
].join()
const EXPECTED_TEXT = /^(?:HTTP\/1\.1 200 OK\r\nContent-Length: 0\r\nDate: .{29}\r\nConnection: keep-alive\r\n\r\n){2}$/

/** Answers the first request at once and the second when its content has come; the third gives way to the fourth. */
class SelfTester implements Receiver, Answerer {
  readonly log: string[] = []
  readonly #socket: Socket
  #waiting: ParsedRequest | undefined

  constructor(socket: Socket) {
    this.#socket = socket
  }

  takesUpgrade(): boolean {
    return false
  }

  take(req: ParsedRequest): boolean {
    if (this.#waiting !== undefined) return false
    this.log.push(`take ${req.url} ${req.method} ${req.rawHeaders.join()}`)
    if (req.url === '/now') this.#answer(req)
    else if (req.url === '/later') this.#waiting = req
    else req.collect({ add: (chunk) => this.log.push(chunk.toString()), end: () => this.#answer(req) })
    return true
  }

  #answer(req: ParsedRequest): void {
    answer(this.#socket, 200, 'OK', ['Content-Length', '0'], undefined, 0, 0, this)
    req.discard()
  }

  answered(): void {
    this.log.push('answered')
  }

  giveWay(): void {
    const res = this.#waiting?.makeResponse()
    this.#waiting = undefined
    if (res !== undefined) this.log.push(`late response ${res.socket === this.#socket && !res.headersSent}`)
  }

  receive(req: IncomingMessage, res: ServerResponse): void {
    if (takeResponse(req, res)) return
    this.log.push(`request ${req.url} ${req.rawHeaders.join()} ${res.socket === null}`)
    req.push = (chunk: Buffer | null) => chunk === null || this.log.push(chunk.toString()) > 0
  }
}
