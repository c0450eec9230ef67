/**
 * Open WebSockets, on the server and as a client: the only file that knows `ws`.
 *
 * `ws` completes the handshake, takes frames apart, inflates, answers pings and does the closing handshake. On the server, messages
 * are framed and sent by our own side, since only so can a broadcast be encoded once.
 */
import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls'
import { type ClientOptions, type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import { CloseCode } from './close-code.ts'
import { Deflater, serverWindowBits, type WebSocketCompressionOptions } from './compression.ts'
import { UpgradeRefusedError, WebSocketClosedError } from './errors.ts'
import { encodeFrame, Opcode } from './frame.ts'
import { FrameGate } from './frame-gate.ts'
import type { HandshakeOffer } from './handshake.ts'
import { openTunnel } from './proxy-tunnel.ts'
import { SendBudget, type SlowConsumerPolicy } from './send-budget.ts'

/** What a connection must keep to; sizes are in bytes, times in milliseconds. */
export interface ConnectionLimits {
  readonly maxMessageSize: number
  readonly maxBufferedBytes: number
  readonly slowConsumer: SlowConsumerPolicy
  /** How long the peer may take to answer a close frame. */
  readonly closeTimeout: number
  readonly compression: Required<WebSocketCompressionOptions> | undefined
}

/** Who deals with what a connection receives. Messages come one by one: the next one waits for `release()`. */
export interface ConnectionListener {
  /** True if pings and pongs wait for `release()` too. */
  readonly stopAtPings: boolean
  message(data: string | Buffer): void
  pinged(data: Buffer): void
  ponged(data: Buffer): void
  /** Something came from the network: the peer is alive. */
  activity(): void
  /** Called once, when the socket is gone. */
  closed(code: number, reason: string): void
}

export interface Upgrade {
  readonly socket: Duplex
  /** What the client has already sent behind the request. */
  readonly head: Buffer
  readonly offer: HandshakeOffer
  /** Fields of the answer, names and values by turns. */
  readonly fields: readonly string[]
}

/** What `ws` looks at in a request, and the lines that we add to its answer. */
interface UpgradeRequest extends Pick<IncomingMessage, 'method' | 'headers'> {
  readonly fields: readonly string[]
  /** Set to the extensions that the answer names. */
  extensions: string
}

/** What ws understands and `@types/ws` does not know yet. */
interface UntypedOptions {
  closeTimeout: number
}

const acceptors = new WeakMap<ConnectionLimits, WebSocketServer>()

export class WebSocketConnection {
  readonly budget: SendBudget
  readonly #socket: WebSocket
  readonly #gate: FrameGate
  readonly #listener: ConnectionListener
  readonly #deflater: Deflater | undefined
  #closeCode: number | undefined // the one that this side closed with
  #closeReason = ''

  /** Answers 101 and takes the socket. @returns undefined if the client has left */
  static accept(
    upgrade: Upgrade,
    limits: ConnectionLimits,
    listener: ConnectionListener,
  ): WebSocketConnection | undefined {
    const { socket, head, offer, fields } = upgrade
    if (socket.destroyed || !socket.writable) return undefined
    if (socket instanceof Socket) socket.setTimeout(0).setNoDelay(true)
    const connection: { current?: WebSocketConnection } = {}
    const budget = new SendBudget(socket, limits.maxBufferedBytes, limits.slowConsumer)
    const gate = new FrameGate(socket, head, {
      budget,
      stopAtPings: listener.stopAtPings,
      onInvalidText: () => connection.current?.close(CloseCode.invalidPayload, 'the text is not UTF-8'),
      onActivity: () => listener.activity(),
    })
    const headers: Record<string, string> = {
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': offer.key,
    }
    if (offer.deflateOffers !== undefined) headers['sec-websocket-extensions'] = offer.deflateOffers
    const request: UpgradeRequest = { method: 'GET', headers, fields, extensions: '' }
    // ws reads method and headers of a request and nothing else
    acceptorFor(limits).handleUpgrade(request as unknown as IncomingMessage, gate, Buffer.alloc(0), (accepted) => {
      const deflater =
        limits.compression === undefined || request.extensions === ''
          ? undefined
          : new Deflater(limits.compression, serverWindowBits(request.extensions))
      connection.current = new WebSocketConnection(accepted, gate, budget, deflater, listener)
    })
    return connection.current
  }

  private constructor(
    socket: WebSocket,
    gate: FrameGate,
    budget: SendBudget,
    deflater: Deflater | undefined,
    listener: ConnectionListener,
  ) {
    this.#socket = socket
    this.#gate = gate
    this.budget = budget
    this.#deflater = deflater
    this.#listener = listener
    socket.on('message', (data: Buffer, isBinary) => this.#receive(isBinary ? data : data.toString()))
    socket.on('ping', (data) => listener.pinged(data))
    socket.on('pong', (data) => listener.ponged(data))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()))
  }

  /** True until a close frame was sent or received. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  /** True while the peer may have said more than anybody has seen, so that its silence means nothing. */
  get isHolding(): boolean {
    return this.#gate.isHolding
  }

  /** What tells apart the sockets that cannot be sent the same bytes. */
  get encoding(): string {
    return this.#deflater?.key ?? 'plain'
  }

  /** A message as it goes over the wire of every connection of the same `encoding`. */
  encode(message: string | Uint8Array, binary: boolean = typeof message !== 'string'): Buffer {
    const opcode = binary ? Opcode.binary : Opcode.text
    const deflater = this.#deflater
    if (deflater === undefined || !deflater.suits(message.length)) return encodeFrame(opcode, message)
    return encodeFrame(opcode, deflater.deflate(message), true)
  }

  /** Sends a ping; the answer comes to `listener.ponged()`. */
  ping(data: Uint8Array): void {
    if (this.isOpen) this.budget.send({ bytes: encodeFrame(Opcode.ping, data), control: true })
  }

  /** Lets the next message through. */
  release(): void {
    this.#gate.release()
  }

  /** Begins the closing handshake, behind the messages that wait; messages that still come are dropped. */
  close(code?: number, reason = ''): void {
    if (!this.isOpen) return
    this.#closeCode = code ?? 1005
    this.#closeReason = reason
    this.#socket.close(code, reason)
    this.#gate.releaseForGood()
  }

  /** Ends the connection without a closing handshake. */
  terminate(code: number = CloseCode.abnormal, reason = ''): void {
    this.#closeCode ??= code
    this.#closeReason ||= reason
    this.#socket.terminate()
  }

  #receive(data: string | Buffer): void {
    if (this.isOpen) this.#listener.message(data)
    else this.#gate.release()
  }

  /** ws has found a violation of the protocol and sends the close frame itself. */
  #fail(error: Error): void {
    this.#closeCode ??= violationCode(error)
    this.#closeReason ||= error.message
    this.#gate.discard()
  }

  /** The peer's code counts; where it gave none, what this side has closed with says more than 1006. */
  #closed(code: number, reason: string): void {
    if (code === CloseCode.abnormal && this.#closeCode !== undefined)
      this.#listener.closed(this.#closeCode, this.#closeReason)
    else this.#listener.closed(code, reason)
  }
}

function acceptorFor(limits: ConnectionLimits): WebSocketServer {
  const known = acceptors.get(limits)
  if (known !== undefined) return known
  const { compression } = limits
  const options: ServerOptions & UntypedOptions = {
    noServer: true,
    clientTracking: false,
    maxPayload: limits.maxMessageSize,
    perMessageDeflate: compression === undefined ? false : deflateOptions(compression),
    closeTimeout: limits.closeTimeout,
  }
  const server = new WebSocketServer(options)
  server.on('headers', (lines, request) => {
    const upgrade = request as unknown as UpgradeRequest // the one that was given to handleUpgrade()
    upgrade.extensions = lines.find((line) => line.startsWith('Sec-WebSocket-Extensions:')) ?? ''
    for (let i = 0; i < upgrade.fields.length; i += 2) lines.push(`${upgrade.fields[i]}: ${upgrade.fields[i + 1]}`)
  })
  acceptors.set(limits, server)
  return server
}

function deflateOptions({ concurrency, threshold }: Required<WebSocketCompressionOptions>): object {
  return { serverNoContextTakeover: true, clientNoContextTakeover: true, concurrencyLimit: concurrency, threshold }
}

function violationCode(error: Error): number {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' || code === 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH')
    return CloseCode.tooBig
  if (code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return CloseCode.policyViolation
  if (code === 'WS_ERR_INVALID_UTF8' || code?.startsWith('Z_') === true) return CloseCode.invalidPayload
  return code?.startsWith('WS_ERR_') === true ? 1002 : CloseCode.abnormal
}

/** How a client connects; times are in milliseconds. */
export interface OutgoingOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly subprotocols: readonly string[]
  readonly tls: ConnectionOptions
  readonly proxy: URL | undefined
  readonly handshakeTimeout: number
  readonly closeTimeout: number
  readonly maxMessageSize: number
  readonly compression: boolean
  readonly signal: AbortSignal | undefined
}

/** Who deals with what a client receives. */
export interface OutgoingListener {
  message(data: string | Buffer): void
  /** Something that proves that the server is alive. */
  activity(): void
  closed(code: number, reason: string): void
}

/** One open WebSocket of a client. */
export class OutgoingConnection {
  readonly #socket: WebSocket
  /** Fields of the server's answer. */
  readonly headers: ReadonlyMap<string, string>
  #lostReason: { code: number; reason: string } | undefined

  /** @throws {@link UpgradeRefusedError} for an answer other than 101; Node's error if there is none */
  static async open(url: URL, options: OutgoingOptions, listener: OutgoingListener): Promise<OutgoingConnection> {
    options.signal?.throwIfAborted()
    const { proxy, tls } = options
    const timeout = AbortSignal.timeout(options.handshakeTimeout)
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal])
    const tunnel = proxy === undefined ? undefined : await openTunnel(proxy, authorityOf(url), signal)
    const settings: ClientOptions & UntypedOptions = {
      ...(tls as object), // not compared with the type of ws, which has no `undefined` where Node's has
      headers: { ...options.headers },
      handshakeTimeout: options.handshakeTimeout,
      maxPayload: options.maxMessageSize,
      perMessageDeflate: options.compression ? { serverNoContextTakeover: true, clientNoContextTakeover: true } : false,
      closeTimeout: options.closeTimeout,
    }
    if (tunnel !== undefined) settings.createConnection = () => throughTunnel(tunnel, url, tls)
    const socket = new WebSocket(url, [...options.subprotocols], settings)
    return new Promise((resolve, reject) => {
      const giveUp = () => socket.terminate()
      let answer: IncomingMessage | undefined
      signal.addEventListener('abort', giveUp, { once: true })
      socket.once('upgrade', (response) => {
        answer = response
      })
      socket.once('unexpected-response', (_request, response) => {
        readBody(response).then((body) => {
          reject(
            new UpgradeRefusedError(url.href, { status: response.statusCode ?? 0, headers: fieldsOf(response), body }),
          )
          socket.terminate()
        }, reject)
      })
      socket.once('error', (error) => reject(signal.aborted ? signal.reason : error))
      socket.once('open', () => {
        signal.removeEventListener('abort', giveUp)
        resolve(new OutgoingConnection(socket, fieldsOf(answer), listener))
      })
    })
  }

  private constructor(socket: WebSocket, headers: ReadonlyMap<string, string>, listener: OutgoingListener) {
    this.#socket = socket
    this.headers = headers
    socket.on('message', (data: Buffer, isBinary) => {
      listener.activity()
      listener.message(isBinary ? data : data.toString())
    })
    socket.on('ping', () => listener.activity())
    socket.on('pong', () => listener.activity())
    socket.on('error', (error) => {
      this.#lostReason ??= { code: violationCode(error), reason: error.message }
    })
    socket.on('close', (code, reason) => {
      const lost = code === CloseCode.abnormal ? this.#lostReason : undefined
      listener.closed(lost?.code ?? code, lost?.reason ?? reason.toString())
    })
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  get subprotocol(): string | undefined {
    return this.#socket.protocol === '' ? undefined : this.#socket.protocol
  }

  send(message: string | Uint8Array, binary: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(message, { binary }, (error) => {
        if (error === undefined || error === null) resolve()
        else reject(new WebSocketClosedError('writeMessage()', { cause: error }))
      })
    })
  }

  ping(data: Uint8Array): void {
    if (this.isOpen) this.#socket.ping(data)
  }

  /** Stops reading from the network. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(code?: number, reason?: string): void {
    this.#socket.resume() // to read the answer
    this.#socket.close(code, reason)
  }

  terminate(code: number, reason: string): void {
    this.#lostReason ??= { code, reason }
    this.#socket.terminate()
  }
}

const MAX_REFUSAL_BODY = 64 * 1024

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, MAX_REFUSAL_BODY - size))
    size += chunk.length
    if (size >= MAX_REFUSAL_BODY) break
  }
  return Buffer.concat(chunks).toString()
}

function fieldsOf(response: IncomingMessage | undefined): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(response?.headersDistinct ?? {}).map(([name, values]) => [name, (values ?? []).join(', ')]),
  )
}

function authorityOf(url: URL): string {
  return url.port === '' ? `${url.hostname}:${url.protocol === 'wss:' ? 443 : 80}` : url.host
}

function throughTunnel(tunnel: Duplex, url: URL, tls: ConnectionOptions): Socket {
  if (url.protocol !== 'wss:') return tunnel as Socket // Node's CONNECT gives the socket itself
  return connectSecurely({ servername: url.hostname, ...tls, socket: tunnel })
}
