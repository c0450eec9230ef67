import { setMaxListeners } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import {
  createServer,
  type SecureContextOptions,
  type Server as TLSServer,
  type TLSSocket,
  type TlsOptions,
} from 'node:tls'
import { type BindOptions, bindSockets } from './bind-sockets.ts'
import { StreamBufferFullError, StreamClosedError, TCPOptionError, UnsatisfiableReadError } from './errors.ts'
import { IOStream } from './iostream.ts'
import type { ListeningSocket } from './listening-socket.ts'
import { standardErrorLogger, type TCPLogger } from './log.ts'
import { checkInteger, checkNames, LONGEST_TIMER } from './options.ts'
import { resolveStreamOptions, STREAM_OPTION_NAMES, type StreamOptions } from './stream-options.ts'
import { DEFAULT_HANDSHAKE_TIMEOUT, endWithPeer } from './tls-handshake.ts'

/** Who has connected. A peer on a Unix socket has no address: `address` is empty and `port` is 0. */
export interface PeerAddress {
  readonly address: string
  readonly port: number
  readonly family: 'IPv4' | 'IPv6' | 'Unix'
}

/** What is done with a connection. The stream is closed when it returns; while it is pending, the connection is its own. */
export type StreamHandler = (stream: IOStream, address: PeerAddress) => void | Promise<void>

export interface TCPServerOptions extends StreamOptions {
  /** What is done with a connection, instead of a subclass with that method. */
  handleStream?: StreamHandler | undefined
  /** Encrypts every connection; what Node's `tls.createServer` takes. Its `handshakeTimeout` is 10000 ms by default. */
  tls?: TlsOptions | undefined
  /** Most connections at a time, handshakes included; one more is dropped as soon as it is accepted. @defaultValue 10000 */
  maxConnections?: number | undefined
  /** Told of errors in `handleStream`. @defaultValue warnings and errors go to standard error */
  logger?: TCPLogger | undefined
}

export interface StopOptions {
  /** How long handlers may take to end, in milliseconds; then their streams are closed. @defaultValue 10000 */
  deadline?: number | undefined
}

const NAMES = ['handleStream', 'tls', 'maxConnections', 'logger', ...STREAM_OPTION_NAMES]

/**
 * Accepts connections and gives each to `handleStream` (Tornado: `TCPServer`).
 *
 * @example
 * class EchoServer extends TCPServer {
 *   override async handleStream(stream: IOStream) {
 *     for (;;) await stream.write(await stream.readUntil('\n'))
 *   }
 * }
 * const server = await new EchoServer().listen(8888)
 */
export class TCPServer implements AsyncDisposable {
  readonly #options: TCPServerOptions
  readonly #maxConnections: number
  readonly #logger: TCPLogger
  readonly #tlsServer: TLSServer | undefined
  readonly #listening: ListeningSocket[] = []
  readonly #connections: Set<Socket> = new Set()
  readonly #stopping: AbortController = new AbortController()
  #bound: ListeningSocket[] = []
  #refusing = false
  #stopped: Promise<void> | undefined
  #whenEmpty: (() => void) | undefined

  /** @throws {@link TCPOptionError} for an option that is unknown or out of range; Node's errors for bad `tls` options */
  constructor(options: TCPServerOptions = {}) {
    checkNames('TCPServerOptions', options, NAMES)
    resolveStreamOptions(options) // so that a bad limit is known now
    const { maxConnections = 10_000, logger = standardErrorLogger, tls } = options
    checkInteger('maxConnections', maxConnections, { min: 1, max: Number.MAX_SAFE_INTEGER })
    setMaxListeners(0, this.#stopping.signal) // each connection may wait for it
    this.#options = options
    this.#maxConnections = maxConnections
    this.#logger = logger
    this.#tlsServer = tls === undefined ? undefined : this.#createTLSServer(tls)
  }

  /**
   * Called for each connection; override it, or give the option of that name.
   *
   * When it returns, or its promise settles, the stream is closed in order; if it throws, at once, and the error is logged. The end
   * by a peer that has left ({@link StreamClosedError}) or by `stopping` is a normal one, logged at level debug; a peer that
   * crosses a limit of a read is logged at level info.
   */
  handleStream(stream: IOStream, address: PeerAddress): void | Promise<void> {
    const { handleStream } = this.#options
    if (handleStream === undefined)
      throw new TCPOptionError('TCPServer: override handleStream, or give it as an option')
    return handleStream(stream, address)
  }

  /** Fires when `stop()` begins, so that handlers can say goodbye: `readUntil('\n', { signal: server.stopping })`. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Where the server listens; paths for Unix sockets. */
  get addresses(): (AddressInfo | string)[] {
    return this.#listening.map((socket) => socket.address)
  }

  /** The first TCP port it listens on; 0 if there is none. */
  get port(): number {
    const address = this.addresses.find((each) => typeof each === 'object')
    return typeof address === 'object' ? address.port : 0
  }

  /** How many connections there are, handshakes included. */
  get connections(): number {
    return this.#connections.size
  }

  /**
   * Listens on a port or Unix socket and accepts connections: `bind()` and `start()`. May be called again for more.
   *
   * @throws as {@link bindSockets} does
   */
  async listen(where: number | BindOptions): Promise<this> {
    return this.addSockets(await this.#bind(where))
  }

  /** Listens; the connections wait until `start()`. */
  async bind(where: number | BindOptions): Promise<this> {
    this.#bound.push(...(await this.#bind(where)))
    return this
  }

  /** Accepts connections on all that was bound. */
  start(): this {
    const sockets = this.#bound
    this.#bound = []
    return this.addSockets(sockets)
  }

  /** Accepts connections from sockets made by {@link bindSockets}, which belong to the server from now on. */
  addSockets(sockets: readonly ListeningSocket[]): this {
    if (this.stopping.aborted) throw new Error('addSockets: the server was stopped')
    for (const socket of sockets) {
      this.#listening.push(socket)
      socket.accept((connection) => this.#accept(connection))
    }
    return this
  }

  /** Takes a new certificate for connections to come, without a restart. @throws {@link TCPOptionError} without `tls` */
  reloadTLS(tls: SecureContextOptions): void {
    if (this.#tlsServer === undefined) throw new TCPOptionError('reloadTLS: the server was made without tls')
    this.#tlsServer.setSecureContext({ ...this.#options.tls, ...tls })
  }

  /**
   * Accepts no more, waits for the handlers, closes what is left at the deadline, and settles when every connection is closed.
   * Calling it again gives the same promise.
   */
  stop({ deadline = 10_000 }: StopOptions = {}): Promise<void> {
    checkInteger('deadline', deadline, { min: 0, max: LONGEST_TIMER })
    this.#stopped ??= this.#stop(deadline)
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #bind(where: number | BindOptions): Promise<ListeningSocket[]> {
    const sockets = await bindSockets(where)
    if (!this.stopping.aborted) return sockets
    await Promise.all(sockets.map((socket) => socket.close()))
    throw new Error('listen: the server was stopped')
  }

  async #stop(deadline: number): Promise<void> {
    const closed = [...this.#listening, ...this.#bound].map((socket) => socket.close())
    this.#listening.length = 0
    this.#stopping.abort(new Error('the server stops'))
    await Promise.all(closed)
    if (this.#connections.size === 0) return
    const timer = setTimeout(() => {
      for (const socket of this.#connections) socket.destroy()
    }, deadline)
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve
    })
    clearTimeout(timer)
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#maxConnections) return this.#refuse(socket)
    this.#refusing = false
    this.#connections.add(socket)
    socket.on('error', () => {}) // the stream, or the TLS socket, has its own listener
    socket.once('close', () => {
      this.#connections.delete(socket)
      if (this.#connections.size === 0) this.#whenEmpty?.()
    })
    if (this.#tlsServer === undefined) return void this.#serve(socket)
    endWithPeer(socket)
    this.#tlsServer.emit('connection', socket)
  }

  /** Logged once until there is room again, or the log would be the next thing to fill up. */
  #refuse(socket: Socket): void {
    socket.destroy()
    if (!this.#refusing) {
      this.#logger.warn({ name: 'tcp' }, `maxConnections reached (${this.#maxConnections}): connections are dropped`)
    }
    this.#refusing = true
  }

  #createTLSServer(tls: TlsOptions): TLSServer {
    const server = createServer({ handshakeTimeout: DEFAULT_HANDSHAKE_TIMEOUT, ...tls })
    server.on('secureConnection', (socket) => void this.#serve(socket))
    server.on('tlsClientError', (err, socket) => {
      this.#logger.debug({ name: 'tcp', err }, `TLS handshake failed: ${err.message}`)
      socket.destroy()
    })
    return server
  }

  async #serve(socket: Socket | TLSSocket): Promise<void> {
    const stream = new IOStream(socket, {
      maxBufferSize: this.#options.maxBufferSize,
      maxWriteBufferSize: this.#options.maxWriteBufferSize,
      closeTimeout: this.#options.closeTimeout,
    })
    const address = peerAddress(socket)
    if (address === undefined) return stream.close() // gone before it was accepted
    try {
      await this.handleStream(stream, address)
      await stream[Symbol.asyncDispose]()
    } catch (error) {
      this.#logFailure(error, stream, address)
      stream.close(error instanceof Error ? error : undefined)
    }
  }

  #logFailure(err: unknown, stream: IOStream, address: PeerAddress): void {
    const fields = { name: 'tcp', err, remoteAddress: address.address, remotePort: address.port }
    const peer = address.family === 'Unix' ? 'a Unix socket' : `${address.address} port ${address.port}`
    const reason = err instanceof Error ? err.message : String(err)
    const level = this.#levelOf(err, stream)
    if (level === 'error') this.#logger.error(fields, `error in handleStream, connection from ${peer}`)
    else this.#logger[level](fields, `connection from ${peer} closed: ${reason}`)
  }

  /** What peers can bring about at will must not fill the log with errors. */
  #levelOf(err: unknown, stream: IOStream): 'debug' | 'info' | 'error' {
    if (err === this.stopping.reason && this.stopping.aborted) return 'debug'
    if (err instanceof StreamClosedError && stream.closed) return 'debug'
    const crossedLimit = err instanceof UnsatisfiableReadError || err instanceof StreamBufferFullError
    return crossedLimit && stream.error === err ? 'info' : 'error'
  }
}

function peerAddress(socket: Socket): PeerAddress | undefined {
  const { remoteAddress: address, remotePort: port, remoteFamily: family } = socket
  if (address !== undefined && port !== undefined) return { address, port, family: family === 'IPv6' ? 'IPv6' : 'IPv4' }
  return socket.destroyed ? undefined : { address: '', port: 0, family: 'Unix' }
}
