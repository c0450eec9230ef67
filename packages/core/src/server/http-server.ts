import { chmod, lstat, unlink } from 'node:fs/promises'
import type { Server } from 'node:http'
import { type AddressInfo, createConnection, type ListenOptions, Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SecureContextOptions, Server as TLSServer } from 'node:tls'
import type { ExchangeHost, OpenExchange } from '../engine/exchange-host.ts'
import { TrustedProxies } from '../engine/forwarding.ts'
import { createHTTP1Server } from '../engine/http1.ts'
import { addHTTP2, type HTTP2Sessions } from '../engine/http2.ts'
import type { ExchangeHandler, ShutdownListener } from '../exchange.ts'
import { cluster } from '../late-modules.ts'
import { checkInteger } from '../options.ts'
import { OpenExchanges } from './open-exchanges.ts'
import { OpenSockets } from './open-sockets.ts'
import { hostFilter, type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from './server-options.ts'

/** Options of `close()`. */
export interface CloseOptions {
  /** How long requests and sockets under way may take to end, in milliseconds; what is left is cut off. @defaultValue 10000 */
  deadline?: number
  /**
   * How long idle connections are still served, in milliseconds: a request may be on its way on them. Their next response says
   * that it is the last. @defaultValue 0
   */
  grace?: number
}

const DEFAULT_DEADLINE = 10_000
const LONGEST_TIMER = 2 ** 31 - 1 // ms; Node fires a longer one after 1 ms

/**
 * Listens for HTTP requests and passes them to an application (Tornado: `HTTPServer`).
 *
 * @example
 * await using server = new HTTPServer(app, { port: 0 })
 * await server.listen()
 * console.log(server.url)
 */
export class HTTPServer implements ExchangeHost {
  /** @internal */
  readonly proxies: TrustedProxies | undefined
  readonly #options: ResolvedServerOptions
  readonly #server: Server
  readonly #sessions: HTTP2Sessions | undefined
  readonly #sockets: OpenSockets
  readonly #exchanges: OpenExchanges = new OpenExchanges()
  readonly #shutdownListeners: Set<ShutdownListener> = new Set()
  #hasToldShutdown = false
  #closing: Promise<void> | undefined

  /** @throws {@link OptionError} for an option that is unknown or out of range */
  constructor(handler: ExchangeHandler, options: ServerOptions = {}) {
    this.#options = resolveServerOptions(options)
    const { xheaders = false } = this.#options
    this.proxies = xheaders === false ? undefined : new TrustedProxies(xheaders)
    const { tls, http2, idleTimeout, allowedHosts } = this.#options
    const limits = { ...this.#options, keepAliveTimeout: idleTimeout, allowsHost: hostFilter(allowedHosts) }
    this.#server = createHTTP1Server(handler, this, {
      ...limits,
      tls: http2 === true ? { ...tls, ALPNProtocols: ['h2', 'http/1.1'] } : tls,
    })
    this.#sockets = new OpenSockets(this.#server, tls !== undefined)
    const closeIdle = this.#server.closeIdleConnections.bind(this.#server)
    this.#server.closeIdleConnections = () => this.#sockets.sparingBusy(closeIdle) // Node's own close() calls it too
    if (http2 === true) this.#sessions = addHTTP2(this.#server, handler, this, limits)
  }

  /** Node's own server. */
  get server(): Server {
    return this.#server
  }

  /** Takes a new certificate for connections to come, without a restart; those that are open keep theirs. */
  reloadTLS(tls: SecureContextOptions): void {
    if (this.#options.tls === undefined) throw new Error('reloadTLS: the server was started without tls')
    const server = this.#server as Server & TLSServer // made by node:https
    server.setSecureContext({ ...this.#options.tls, ...tls })
  }

  /** The TCP port; 0 for a Unix socket or before `listen()`. */
  get port(): number {
    const address = this.#server.address() as AddressInfo | string | null
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Where the server can be reached from this machine, for instance `http://localhost:8888`. */
  get url(): string {
    const { host = '', path, tls } = this.#options
    if (path !== undefined) return `unix:${path}`
    const isAny = host === '' || host === '0.0.0.0' || host === '::'
    const name = isAny ? 'localhost' : host.includes(':') ? `[${host}]` : host
    return `${tls === undefined ? 'http' : 'https'}://${name}:${this.port}`
  }

  /** @internal */
  get idleTimeout(): number {
    return this.#options.idleTimeout
  }

  /** True from `close()` on. */
  get closing(): boolean {
    return this.#closing !== undefined
  }

  /** Settles when the server accepts connections; rejects with Node's error, for instance `EADDRINUSE`. */
  async listen(): Promise<this> {
    const { port, host, path, reusePort } = this.#options
    if (path !== undefined && !cluster().isWorker) await removeStaleSocket(path) // the primary has done it for its workers
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path === undefined ? ({ port, host, reusePort } as ListenOptions) : { path }, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    if (path !== undefined) await chmod(path, 0o600)
    return this
  }

  /**
   * Stops accepting, lets what is under way end, and settles when nothing is left. Calling it again gives the same promise.
   */
  close({ deadline = DEFAULT_DEADLINE, grace = 0 }: CloseOptions = {}): Promise<void> {
    checkInteger('deadline', deadline, { min: 0, max: LONGEST_TIMER })
    checkInteger('grace', grace, { min: 0, max: LONGEST_TIMER })
    this.#closing ??= this.#drain(deadline, grace)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** @internal */
  addShutdownListener(listener: ShutdownListener): void {
    this.#shutdownListeners.add(listener)
    if (!this.#hasToldShutdown) return
    queueMicrotask(() => {
      if (this.#shutdownListeners.has(listener)) listener.serverClosing()
    })
  }

  /** @internal */
  removeShutdownListener(listener: ShutdownListener): void {
    this.#shutdownListeners.delete(listener)
  }

  /** @internal */
  enter(exchange: OpenExchange): void {
    this.#exchanges.add(exchange)
  }

  /** @internal */
  leave(exchange: OpenExchange): void {
    this.#exchanges.remove(exchange)
  }

  async #drain(deadline: number, grace: number): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      // net's close() only stops accepting; http's own would cut idle connections at once
      NetServer.prototype.close.call(this.#server, () => resolve()) // an error only says that it was not listening
    })
    await Promise.resolve() // `closing` is seen as true by those who are told now
    this.#hasToldShutdown = true
    for (const listener of this.#shutdownListeners) listener.serverClosing()
    this.#sessions?.close()
    const timer = setTimeout(() => this.#cutOff(), deadline)
    await Promise.race([closed, sleep(grace, undefined, { ref: false })])
    this.#server.closeIdleConnections()
    this.#sockets.closeSilent()
    await this.#exchanges.empty()
    this.#server.close() // stops the timers that watch slow requests, too
    this.#server.closeIdleConnections()
    await closed
    clearTimeout(timer)
  }

  #cutOff(): void {
    this.#exchanges.abort()
    this.#sessions?.destroy()
    setImmediate(() => this.#sockets.destroy()) // HTTP/2 tells its peers first
  }
}

/** Removes the socket file of a server that is gone. @throws {@link Error} if the path is no socket or a server listens on it */
export async function removeStaleSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (stats === undefined) return
  if (!stats.isSocket()) throw new Error(`cannot listen on ${path}: there is a file that is no socket`)
  if (await isAlive(path))
    throw Object.assign(new Error(`cannot listen on ${path}: another server does`), { code: 'EADDRINUSE' })
  await unlink(path)
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
