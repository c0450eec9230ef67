import { setTimeout } from 'node:timers/promises'
import type { ConnectionOptions } from 'node:tls'
import { type HeaderFields, OptionError } from '@typhoon/core'
import { serializeCookie } from '@typhoon/core/headers'
import { Backoff, type BackoffOptions } from './backoff.ts'
import { CloseCode, checkClose } from './close-code.ts'
import { UpgradeRefusedError, WebSocketClosedError } from './errors.ts'
import { Heartbeat, type Pulse } from './heartbeat.ts'
import { OutgoingConnection, type OutgoingListener, type OutgoingOptions } from './outgoing-connection.ts'

/** Options of `websocketConnect()`; sizes are in bytes, times in milliseconds. */
export interface WebSocketConnectOptions {
  /** Fields of the request, for instance `Authorization`. */
  headers?: HeaderFields | undefined
  /** Sent as the Cookie field. */
  cookies?: Readonly<Record<string, string>> | undefined
  /** What to offer, the preferred one first. */
  subprotocols?: readonly string[] | undefined
  /** URL of an HTTP proxy to connect through, with name and password if it asks for them. */
  proxy?: string | URL | undefined
  /** Node's TLS options, such as `ca`, `cert` and `key`. */
  tls?: ConnectionOptions | undefined
  /** Longest wait for the answer. @defaultValue 20000 */
  handshakeTimeout?: number | undefined
  /** How long the server may take to answer a close frame. @defaultValue 5000 */
  closeTimeout?: number | undefined
  /** Largest message, after inflating; 1009 above. @defaultValue 10 MiB */
  maxMessageSize?: number | undefined
  /** Silence after which a ping is sent; 0 for none. @defaultValue 30000 */
  pingInterval?: number | undefined
  /** How long the answer to a ping may take. @defaultValue 30000 */
  pingTimeout?: number | undefined
  /** Offer to compress messages. @defaultValue false */
  compression?: boolean | undefined
  /** Ends the attempt to connect, and later attempts to reconnect. */
  signal?: AbortSignal | undefined
  /** Connect again when the connection is lost, or closed by a server that goes away (1001, 1012, 1013). @defaultValue false */
  reconnect?: boolean | BackoffOptions | undefined
  /**
   * Ask for what was missed after a reconnect: `true` adds `since` to the query, with the last `id` that came in a JSON envelope
   * (`subscribe()` with `envelope: true`); a function changes the URL itself. @defaultValue false
   */
  resume?: boolean | ((url: URL, lastId: string) => void) | undefined
}

const DEFAULTS = {
  handshakeTimeout: 20_000,
  closeTimeout: 5000,
  maxMessageSize: 10 * 1024 * 1024,
  pingInterval: 30_000,
  pingTimeout: 30_000,
}
const COMES_BACK: ReadonlySet<number> = new Set([
  CloseCode.goingAway,
  CloseCode.abnormal,
  CloseCode.internalError, // what this side calls a ping that timed out, too
  CloseCode.serviceRestart,
  CloseCode.tryAgainLater,
])
const LONGEST_TIMER = 2 ** 31 - 1 // ms; Node fires a longer one after 1 ms

/**
 * Connects to a WebSocket (Tornado: `websocket_connect`).
 *
 * @param url - `ws:` or `wss:`, also `http:` or `https:`
 * @throws {@link UpgradeRefusedError} with status, headers and body if the server answers with something else than 101; redirects are
 * not followed
 *
 * @example
 * const socket = await websocketConnect('wss://example.com/feed')
 * for await (const message of socket) console.log(message)
 */
export async function websocketConnect(
  url: string | URL,
  options: WebSocketConnectOptions = {},
): Promise<WebSocketClient> {
  return WebSocketClient.connect(socketURL(url), options)
}

/** A connection made by `websocketConnect()`; what it receives waits until it is read, and the server with it. */
export class WebSocketClient implements AsyncIterable<string | Buffer> {
  readonly #url: URL
  readonly #options: WebSocketConnectOptions
  readonly #outgoing: OutgoingOptions
  readonly #backoff: Backoff | undefined
  readonly #heartbeat: Heartbeat | undefined
  readonly #inbox: (string | Buffer)[] = []
  readonly #readers: ((message: string | Buffer | undefined) => void)[] = []
  readonly #stop: AbortController = new AbortController()
  readonly #listener: OutgoingListener = {
    message: (data) => this.#receive(data),
    activity: () => this.#heartbeat?.alive(this.#pulse),
    closed: (code, reason) => this.#lost(code, reason),
  }
  readonly #pulse: Pulse = {
    ping: () => this.ping(),
    lost: () => this.#connection?.terminate(CloseCode.internalError, 'ping timed out'),
    isHolding: () => this.#paused,
  }
  #connection: OutgoingConnection | undefined
  #lastId: string | undefined
  #paused = false
  #closeCode: number | undefined
  #closeReason: string | undefined
  #end!: () => void
  /** Settles when the connection is closed for good. */
  readonly closed: Promise<void>

  private constructor(url: URL, options: WebSocketConnectOptions) {
    this.#url = url
    this.#options = options
    this.#outgoing = resolveOptions(options)
    const { pingInterval = DEFAULTS.pingInterval, pingTimeout = DEFAULTS.pingTimeout, reconnect = false } = options
    checkTimer('pingInterval', pingInterval, 0)
    checkTimer('pingTimeout', pingTimeout, 1)
    if (pingInterval > 0) this.#heartbeat = Heartbeat.of(pingInterval, pingTimeout)
    if (reconnect !== false) this.#backoff = new Backoff(reconnect === true ? {} : reconnect)
    this.closed = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** @internal see {@link websocketConnect} */
  static async connect(url: URL, options: WebSocketConnectOptions): Promise<WebSocketClient> {
    const client = new WebSocketClient(url, options)
    await client.#open()
    return client
  }

  /** The subprotocol that the server chose. */
  get subprotocol(): string | undefined {
    return this.#connection?.subprotocol
  }

  /** Fields of the server's answer, names in lower case. */
  get headers(): ReadonlyMap<string, string> {
    return this.#connection?.headers ?? new Map()
  }

  /** The code that the connection was closed with: the server's, where it gave one. */
  get closeCode(): number | undefined {
    return this.#closeCode
  }

  get closeReason(): string | undefined {
    return this.#closeReason
  }

  /** True while messages can be sent; false also between a loss and the next connection. */
  get isOpen(): boolean {
    return this.#connection?.isOpen === true
  }

  /** The next message; undefined once the connection is closed for good (Tornado: `read_message`). */
  readMessage(): Promise<string | Buffer | undefined> {
    const message = this.#inbox.shift()
    if (this.#inbox.length === 0) this.#read()
    if (message !== undefined || this.#closeCode !== undefined) return Promise.resolve(message)
    return new Promise((resolve) => this.#readers.push(resolve))
  }

  /**
   * Sends a message: text, bytes, or a value as JSON.
   *
   * @returns settles when the socket has taken it; rejects with {@link WebSocketClosedError} while there is no connection
   */
  writeMessage(message: string | Uint8Array | object, { binary }: { binary?: boolean } = {}): Promise<void> {
    const isBytes = message instanceof Uint8Array
    const payload = typeof message === 'string' || isBytes ? message : JSON.stringify(message)
    const sent = this.isOpen
      ? (this.#connection as OutgoingConnection).send(payload, binary ?? isBytes) // isOpen has seen it
      : Promise.reject(new WebSocketClosedError('writeMessage()'))
    sent.catch(() => undefined) // it need not be awaited
    return sent
  }

  /**
   * Closes the connection; it settles when the server has answered, or did not in time.
   *
   * @throws {@link RangeError} for a code that may not be sent, or a reason of more than 123 bytes
   */
  close(code: number = CloseCode.normal, reason = ''): Promise<void> {
    checkClose(code, reason)
    this.#stop.abort()
    if (this.#connection === undefined) this.#finish(code, reason)
    else this.#connection.close(code, reason)
    return this.closed
  }

  /** Sends a ping with at most 125 bytes of data, or an empty one. */
  ping(data: Uint8Array = Buffer.alloc(0)): void {
    if (data.byteLength > 125)
      throw new RangeError(`ping: the data of a ping has at most 125 bytes, got ${data.byteLength}`)
    this.#connection?.ping(data)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string | Buffer, void, undefined> {
    for (;;) {
      const message = await this.readMessage()
      if (message === undefined) return
      yield message
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #receive(data: string | Buffer): void {
    const { resume = false } = this.#options
    if (resume !== false) this.#lastId = idOf(data) ?? this.#lastId
    const reader = this.#readers.shift()
    if (reader !== undefined) return reader(data)
    this.#inbox.push(data)
    this.#paused = true
    this.#connection?.pause() // what was already read off the network still comes: at most one chunk
  }

  #read(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#connection?.resume()
  }

  async #open(): Promise<void> {
    const url = new URL(this.#url)
    const { resume = false } = this.#options
    if (this.#lastId !== undefined && resume !== false) {
      if (resume === true) url.searchParams.set('since', this.#lastId)
      else resume(url, this.#lastId)
    }
    const connection = await OutgoingConnection.open(url, this.#outgoing, this.#listener)
    this.#connection = connection
    this.#backoff?.reset()
    this.#heartbeat?.add(this.#pulse)
    if (this.#closeCode !== undefined)
      connection.close(CloseCode.normal) // closed while it was connecting
    else if (this.#paused) connection.pause()
  }

  #lost(code: number, reason: string): void {
    this.#heartbeat?.remove(this.#pulse)
    this.#connection = undefined
    if (this.#closeCode !== undefined) return
    const comesBack = !this.#stop.signal.aborted && COMES_BACK.has(code)
    if (this.#backoff === undefined || !comesBack) return this.#finish(code, reason)
    this.#reconnect(this.#backoff).then(
      (connected) => {
        if (!connected) this.#finish(code, reason)
      },
      () => this.#finish(code, reason), // it was told to stop
    )
  }

  /** @returns false when it gives up */
  async #reconnect(backoff: Backoff): Promise<boolean> {
    const { signal } = this.#options
    const stop = signal === undefined ? this.#stop.signal : AbortSignal.any([this.#stop.signal, signal])
    for (let delay = backoff.next(); delay !== undefined; delay = backoff.next()) {
      await setTimeout(delay, undefined, { signal: stop })
      try {
        await this.#open()
        return true
      } catch (error) {
        stop.throwIfAborted()
        if (error instanceof UpgradeRefusedError && !isPassing(error.status)) return false
      }
    }
    return false
  }

  #finish(code: number, reason: string): void {
    if (this.#closeCode !== undefined) return
    this.#closeCode = code
    this.#closeReason = reason
    for (const reader of this.#readers.splice(0)) reader(undefined)
    this.#end()
  }
}

function socketURL(given: string | URL): URL {
  const url = new URL(given)
  url.protocol = url.protocol.replace(/^http/, 'ws')
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    throw new OptionError(`websocketConnect: the URL must begin with ws: or wss:, got ${url.protocol}`)
  url.hash = ''
  return url
}

function resolveOptions(options: WebSocketConnectOptions): OutgoingOptions {
  const handshakeTimeout = options.handshakeTimeout ?? DEFAULTS.handshakeTimeout
  const closeTimeout = options.closeTimeout ?? DEFAULTS.closeTimeout
  const maxMessageSize = options.maxMessageSize ?? DEFAULTS.maxMessageSize
  checkTimer('handshakeTimeout', handshakeTimeout, 1)
  checkTimer('closeTimeout', closeTimeout, 1)
  checkTimer('maxMessageSize', maxMessageSize, 1)
  return {
    handshakeTimeout,
    closeTimeout,
    maxMessageSize,
    headers: requestFields(options),
    subprotocols: options.subprotocols ?? [],
    tls: options.tls ?? {},
    proxy: options.proxy === undefined ? undefined : new URL(options.proxy),
    compression: options.compression ?? false,
    signal: options.signal,
  }
}

function requestFields({ headers = {}, cookies = {} }: WebSocketConnectOptions): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    fields[name] = Array.isArray(value) ? value.join(', ') : String(value)
  const pairs = Object.entries(cookies).map(([name, value]) => serializeCookie(name, value, {}))
  if (pairs.length > 0) fields['Cookie'] = pairs.join('; ')
  return fields
}

function checkTimer(name: string, value: number, min: number): void {
  if (Number.isInteger(value) && value >= min && value <= LONGEST_TIMER) return
  throw new OptionError(
    `websocketConnect: ${name} must be a whole number from ${min} to ${LONGEST_TIMER}, got ${String(value)}`,
  )
}

/** Answers that may be different next time: the server is busy, or on its way up. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429
}

/** The id of a topic's message in its envelope. */
function idOf(data: string | Buffer): string | undefined {
  if (typeof data !== 'string' || !data.startsWith('{')) return undefined
  try {
    const { id } = JSON.parse(data) as { id?: unknown }
    return typeof id === 'string' ? id : undefined
  } catch {
    return undefined
  }
}
