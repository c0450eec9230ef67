/** Open WebSockets of a client, which `ws` makes and runs. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import { CloseCode } from './close-code.ts'
import { UpgradeRefusedError, WebSocketClosedError } from './errors.ts'
import { tls } from './late-modules.ts'
import { openTunnel } from './proxy-tunnel.ts'
import { type ClientOptions, loadWS, maxFragments, maxPieces, violationCode, type WSModule, ws } from './ws.ts'

/** What ws understands and `@types/ws` does not know yet. */
interface UntypedOptions {
  closeTimeout: number
  maxBufferedChunks: number
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

const MAX_PONGS = 1000 // on their way

/** One open WebSocket of a client. */
export class OutgoingConnection {
  readonly #socket: InstanceType<WSModule['WebSocket']>
  /** Fields of the server's answer. */
  readonly headers: ReadonlyMap<string, string>
  #pongs = 0 // that the network has not taken yet
  /** Of more pings than that, the latest is answered (RFC 6455 §5.5.3). */
  #unanswered: Buffer | undefined
  #lostReason: { code: number; reason: string } | undefined

  /** @throws {@link UpgradeRefusedError} for an answer other than 101; Node's error if there is none */
  static async open(url: URL, options: OutgoingOptions, listener: OutgoingListener): Promise<OutgoingConnection> {
    await loadWS()
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
      maxFragments: maxFragments(options.maxMessageSize),
      maxBufferedChunks: maxPieces(options.maxMessageSize),
      autoPong: false, // ours are bounded
    }
    if (tunnel !== undefined) settings.createConnection = () => throughTunnel(tunnel, url, tls)
    const { WebSocket } = ws()
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

  private constructor(
    socket: InstanceType<WSModule['WebSocket']>,
    headers: ReadonlyMap<string, string>,
    listener: OutgoingListener,
  ) {
    this.#socket = socket
    this.headers = headers
    socket.on('message', (data: Buffer, isBinary) => {
      listener.activity()
      listener.message(isBinary ? data : data.toString())
    })
    socket.on('ping', (data) => {
      listener.activity()
      this.#answer(data)
    })
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
    return this.#socket.readyState === this.#socket.OPEN
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

  #answer(ping: Buffer): void {
    this.#unanswered = this.#pongs < MAX_PONGS ? undefined : ping
    if (this.#unanswered !== undefined || !this.isOpen) return
    this.#pongs++
    this.#socket.pong(ping, undefined, this.#onPongTaken)
  }

  readonly #onPongTaken = (): void => {
    this.#pongs--
    if (this.#unanswered !== undefined) this.#answer(this.#unanswered)
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

function throughTunnel(tunnel: Duplex, url: URL, options: ConnectionOptions): Socket {
  if (url.protocol !== 'wss:') return tunnel as Socket // Node's CONNECT gives the socket itself
  return tls().connect({ servername: url.hostname, ...options, socket: tunnel })
}
